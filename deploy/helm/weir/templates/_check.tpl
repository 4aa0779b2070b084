{{/* What fields say only together; trainer/install/parse-values.ts says the same. */}}
{{- define "weir.check" -}}
{{- with .Values.namespace }}
{{- if ne . $.Release.Namespace }}
{{- fail (printf "namespace: the release is in %s, not in %s: give Helm the namespace" $.Release.Namespace .) }}
{{- end }}
{{- end }}
{{- $isShared := and .Values.persistence.enabled (eq .Values.persistence.accessMode "ReadWriteMany") }}
{{- if and (gt (int .Values.replicas) 1) (not $isShared) }}
{{- fail "replicas: more than one needs persistence.enabled and accessMode ReadWriteMany" }}
{{- end }}
{{- if and (not .Values.plugin.url) (or .Values.mesh .Values.optIn.byLabel) }}
{{- fail "plugin.url: is needed where mesh or optIn.byLabel is set" }}
{{- end }}
{{- $names := list }}
{{- range .Values.mesh }}
{{- if has .namespace $names }}
{{- fail (printf "mesh: names the namespace %s twice" .namespace) }}
{{- end }}
{{- $names = append $names .namespace }}
{{- end }}
{{- end }}
