{{/* Labels of all that is installed, after the recommended ones of Kubernetes. */}}
{{- define "weir.labels" -}}
app.kubernetes.io/name: weir
app.kubernetes.io/part-of: weir
{{- end }}

{{- define "weir.selectorLabels" -}}
app.kubernetes.io/name: weir
app.kubernetes.io/component: trainer
{{- end }}

{{/* The trainer's metadata: everything of it has one name. */}}
{{- define "weir.metadata" -}}
name: weir-trainer
namespace: {{ quote .Release.Namespace }}
labels:
  {{- include "weir.labels" . | nindent 2 }}
{{- end }}

{{- define "weir.plural" -}}
{{ ternary "wasmplugins" "trafficextensions" (eq .Values.plugin.resource "WasmPlugin") }}
{{- end }}
