{{/*
A role of the trainer and its binding. `.namespace` empty = all of the cluster; `.rules` a list.
*/}}
{{- define "weir.grant" -}}
{{- $kind := ternary "Role" "ClusterRole" (ne .namespace "") }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: {{ $kind }}
metadata:
  {{- include "weir.grantMetadata" . | nindent 2 }}
rules:
  {{- toYaml .rules | nindent 2 }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: {{ $kind }}Binding
metadata:
  {{- include "weir.grantMetadata" . | nindent 2 }}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: {{ $kind }}
  name: weir-trainer
subjects:
  - kind: ServiceAccount
    name: weir-trainer
    namespace: {{ quote .root.Release.Namespace }}
{{- end }}

{{- define "weir.grantMetadata" -}}
name: weir-trainer
{{- with .namespace }}
namespace: {{ quote . }}
{{- end }}
labels:
  {{- include "weir.labels" .root | nindent 2 }}
{{- end }}
