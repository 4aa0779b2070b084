#!/bin/sh
# Runs a command on a root of its own, as in a container: the system's libraries, a node, and what is mounted.
#   unshare --mount container.sh ROOT NODE [SOURCE=TARGET ..] -- COMMAND [ARGUMENT..]
set -eu
root=$1 node=$2
shift 2
mount --make-rprivate /
for folder in /lib /lib64 /usr/lib /usr/lib64 /etc/ssl /dev /proc; do
  if [ -L "$folder" ]; then cp -P "$folder" "$root$folder"; continue; fi
  [ -d "$folder" ] || continue
  mkdir -p "$root$folder"
  mount --rbind "$folder" "$root$folder"
done
# Where distroless has its node.
mkdir -p "$root/nodejs/bin"
touch "$root/nodejs/bin/node"
mount --bind "$node" "$root/nodejs/bin/node"
while [ "$1" != -- ]; do
  source=${1%%=*} target=$root${1#*=}
  if [ -d "$source" ]; then mkdir -p "$target"; else mkdir -p "${target%/*}" && touch "$target"; fi
  mount --bind "$source" "$target"
  shift
done
shift
# util-linux: chroot alone would leave the command in /.
exec unshare --root="$root" --wd=/ "$@"
