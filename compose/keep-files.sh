#!/bin/sh
# Keeps the files that Prometheus, Alertmanager and Grafana read as the ledger, goals.toml and alerts.toml have them.
# What has not changed is not written; a command that fails leaves what there is, keeps the other from nothing, and is
# tried again.
while :; do
    kpitaps prometheus files /files/prometheus --kpitaps kpitaps:9470 --alertmanager alertmanager:9093 \
        --token-file /run/secrets/kpitaps_token \
        --reload http://prometheus:9090 --reload http://alertmanager:9093
    told=$?
    kpitaps grafana files /files/grafana --prometheus-url http://prometheus:9090 --without-alerts \
        && { [ "$told" = 0 ] || [ "$told" = 5 ]; } && touch /tmp/written # 5: before its first start a server has no name
    sleep 300
done
