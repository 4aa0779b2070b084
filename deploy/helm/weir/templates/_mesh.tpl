{{/*
Who takes part, as JSON: what the values name, and with optIn.byLabel what has the label as well. As
trainer/install/labelled.ts: namespaces by name, then in each the labelled services by name, ports of HTTP only.
*/}}
{{- define "weir.mesh" -}}
{{- $entries := list }}
{{- $names := list }}
{{- range .Values.mesh }}
{{- $entries = append $entries . }}
{{- $names = append $names .namespace }}
{{- end }}
{{- $labelled := list }}
{{- if .Values.optIn.byLabel }}
{{- $found := list }}
{{- range (lookup "v1" "Namespace" "" "").items }}
{{- if and (include "weir.isLabelled" .) (not (has .metadata.name $names)) }}
{{- $found = append $found .metadata.name }}
{{- end }}
{{- end }}
{{- range sortAlpha $found }}
{{- $entries = append $entries (dict "namespace" .) }}
{{- end }}
{{- range (lookup "v1" "Service" "" "").items }}
{{- if include "weir.isLabelled" . }}
{{- $labelled = append $labelled . }}
{{- end }}
{{- end }}
{{- end }}
{{- $mesh := list }}
{{- range $entry := $entries }}
{{- $services := list }}
{{- $known := list }}
{{- range $entry.services }}
{{- $namespace := .namespace | default $entry.namespace }}
{{- $service := dict "name" .name "namespace" $namespace "port" (int .port) }}
{{- $_ := set $service "protocol" (.protocol | default "http") }}
{{- $_ := set $service "subsets" (.subsets | default list) }}
{{- $services = append $services $service }}
{{- $known = append $known (printf "%s/%s:%d" $namespace .name (int .port)) }}
{{- end }}
{{- $own := dict }}
{{- range $labelled }}
{{- if eq .metadata.namespace $entry.namespace }}
{{- $_ := set $own .metadata.name (.spec.ports | default list) }}
{{- end }}
{{- end }}
{{- range $name := keys $own | sortAlpha }}
{{- range get $own $name }}
{{- /* Istio's rules: appProtocol, else the name up to its first "-". */}}
{{- $protocol := .appProtocol | default ((.name | default "") | splitList "-" | first) }}
{{- $isNew := not (has (printf "%s/%s:%d" $entry.namespace $name (int .port)) $known) }}
{{- if and $isNew (has $protocol (list "http" "http2" "grpc")) }}
{{- $service := dict "name" $name "namespace" $entry.namespace "port" (int .port) }}
{{- $_ := set $service "protocol" $protocol }}
{{- $_ := set $service "subsets" list }}
{{- $services = append $services $service }}
{{- end }}
{{- end }}
{{- end }}
{{- $whole := dict "namespace" $entry.namespace "services" $services }}
{{- if hasKey $entry "selector" }}
{{- $_ := set $whole "selector" $entry.selector }}
{{- end }}
{{- $mesh = append $mesh $whole }}
{{- end }}
{{- toJson $mesh }}
{{- end }}

{{- define "weir.isLabelled" -}}
{{- if eq (dig "metadata" "labels" "weir.dev/balance" "" .) "enabled" }}yes{{ end }}
{{- end }}

{{/* Services that are balanced, as a JSON list: every sidecar with the filter balances every one, whoever named it. */}}
{{- define "weir.services" -}}
{{- $services := list }}
{{- range include "weir.mesh" . | fromJsonArray }}
{{- $services = concat $services .services }}
{{- end }}
{{- toJson $services }}
{{- end }}

{{/* Namespaces with a filter of role client, as a JSON list: none as long as there is nothing to balance. */}}
{{- define "weir.publishedTo" -}}
{{- $names := list }}
{{- if include "weir.services" . | fromJsonArray }}
{{- range include "weir.mesh" . | fromJsonArray }}
{{- $names = append $names .namespace }}
{{- end }}
{{- end }}
{{- toJson $names }}
{{- end }}
