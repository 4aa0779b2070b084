#!/bin/sh
# Runs a command on a root of its own that cannot be written to, as a container of the user 65532 does: the system's
# libraries, a node, the files of the image, and one volume.
#   unshare --mount container.sh ROOT IMAGE VOLUME NODE COMMAND [ARGUMENT..]
set -eu
root=$1 image=$2 volume=$3 node=$4
shift 4
mount --make-rprivate /
mount -t tmpfs -o mode=755 tmpfs "$root"
for folder in /lib /lib64 /usr/lib /usr/lib64 /etc/ssl /dev /proc; do
  if [ -L "$folder" ]; then cp -P "$folder" "$root$folder"; continue; fi
  [ -d "$folder" ] || continue
  mkdir -p "$root$folder"
  mount --rbind "$folder" "$root$folder"
done
mkdir -p "$root/opt/weir" "$root/var/lib/weir" "$root/nodejs/bin"
cp "$node" "$root/nodejs/bin/node"
mount --bind "$image/opt/weir" "$root/opt/weir"
mount --bind "$volume" "$root/var/lib/weir"
mount -o remount,bind,ro "$root/opt/weir"
mount -o remount,ro "$root"
# util-linux: chroot alone would leave the command in /.
exec setpriv --clear-groups unshare --root="$root" --wd=/opt/weir --setgid=65532 --setuid=65532 "$@"
