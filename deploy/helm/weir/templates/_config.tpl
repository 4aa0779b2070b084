{{/* Configuration of role client, its models aside, as JSON: the same in every namespace, as it goes to every target. */}}
{{- define "weir.clientConfig" -}}
{{- $clusters := list }}
{{- range $service := include "weir.services" . | fromJsonArray }}
{{- range concat (list "") $service.subsets }}
{{- $host := printf "%s.%s.svc.cluster.local" $service.name $service.namespace }}
{{- $clusters = append $clusters (printf "outbound|%d|%s|%s" (int $service.port) . $host) }}
{{- end }}
{{- end }}
{{- $config := dict "role" "client" "clusters" (uniq $clusters) }}
{{- if .Values.telemetry.enabled }}
{{- /* Its presence makes the filter say what it decided. */}}
{{- $_ := set $config "tracing" dict }}
{{- end }}
{{- $report := dict "cluster" (printf "outbound|7070||weir-trainer.%s.svc.cluster.local" .Release.Namespace) }}
{{- range $key, $value := .Values.plugin.config }}
{{- $_ := set $config $key $value }}
{{- end }}
{{- range $key, $value := .Values.plugin.config.report }}
{{- $_ := set $report $key $value }}
{{- end }}
{{- $_ := set $config "report" $report }}
{{- toJson $config }}
{{- end }}

{{/* Configuration file of the trainer: what the operator says, and where it publishes to. JSON is YAML too. */}}
{{- define "weir.trainerConfig" -}}
{{- $config := dict }}
{{- range $key, $value := .Values.config }}
{{- $_ := set $config $key $value }}
{{- end }}
{{- if and .Values.telemetry.enabled .Values.telemetry.samplingPercent }}
{{- /* What the graph divides by is what sidecars sample, unless the operator says otherwise. */}}
{{- $traces := dict "sampledShare" (divf .Values.telemetry.samplingPercent 100) }}
{{- range $key, $value := .Values.config.traces }}
{{- $_ := set $traces $key $value }}
{{- end }}
{{- $_ := set $config "traces" $traces }}
{{- end }}
{{- $kind := ternary "istio-wasmplugin" "istio-trafficextension" (eq .Values.plugin.resource "WasmPlugin") }}
{{- $targets := list }}
{{- range include "weir.publishedTo" . | fromJsonArray }}
{{- /* The installation brings the first model. */}}
{{- $target := dict "kind" $kind "namespace" . "name" "weir-client" "onConflict" "take-models" }}
{{- $targets = append $targets $target }}
{{- end }}
{{- /* Also of a single trainer: an update lets the new pod run before the old one ends. */}}
{{- $lease := dict "namespace" .Release.Namespace "name" "weir-trainer" }}
{{- $_ := set $config "leader" (dict "kubernetes" $lease) }}
{{- $_ := set $config "plugin" (include "weir.clientConfig" . | fromJson) }}
{{- $_ := set $config "publish" $targets }}
{{- toJson $config }}
{{- end }}

{{/*
The model of a namespace's filter, base64: the live one, since models are the trainer's to change, else the first one. A
candidate is never rendered, so that an upgrade neither removes nor adopts the one that the trainer tries.
*/}}
{{- define "weir.model" -}}
{{- $live := lookup "extensions.istio.io/v1alpha1" .root.Values.plugin.resource .namespace "weir-client" }}
{{- $spec := dig "spec" dict $live }}
{{- $wasm := ternary $spec (dig "wasm" dict $spec) (eq .root.Values.plugin.resource "WasmPlugin") }}
{{- dig "pluginConfig" "model" "" $wasm | default (.root.Files.Get "files/actor.weir" | b64enc) }}
{{- end }}
