#!/bin/sh
# Starts nginx in the web image: fills in the template from the environment, checks it with nginx,
# and becomes nginx.
set -eu

: "${PORT:=8080}" "${API_UPSTREAM:=api:8000}" "${API_ORIGINS:=}" "${EMBED_ANCESTORS:=*}"

# One socket for IPv4 and IPv6 (Railway's private network is IPv6), where the kernel has IPv6.
if [ -e /proc/net/if_inet6 ]; then
    LISTEN="[::]:$PORT ipv6only=off"
else
    LISTEN=$PORT
fi

# nginx does not read resolv.conf, so pass it the servers: IPv6 in brackets and without a zone.
if [ -z "${RESOLVER:-}" ]; then
    RESOLVER=$(awk '$1 == "nameserver" { sub(/%.*/, "", $2); print ($2 ~ /:/) ? "[" $2 "]" : $2 }' \
        /etc/resolv.conf | tr '\n' ' ')
fi
RESOLVER=${RESOLVER:-127.0.0.1}

# Resolve a name repeatedly, since replicas come and go; an address needs no lookup.
case $API_UPSTREAM in
"["*) : "${UPSTREAM_OPTIONS=}" ;;
*[!0-9.:]*) : "${UPSTREAM_OPTIONS=resolve}" ;;
*) : "${UPSTREAM_OPTIONS=}" ;;
esac

# The template puts values inside quotes; only source lists contain quotes ('self').
refuse() {
    echo "$1 holds a quote, brace, \$, backslash or line break: leave it out." >&2
    exit 1
}
for name in PORT API_UPSTREAM API_ORIGINS EMBED_ANCESTORS RESOLVER; do
    eval "value=\$$name"
    case $value in
    *[\"{}\$\\]* | *'
'*) refuse "$name" ;;
    esac
    [ "$name" = EMBED_ANCESTORS ] || case $value in *\'*) refuse "$name" ;; esac
done

export LISTEN RESOLVER UPSTREAM_OPTIONS API_UPSTREAM API_ORIGINS EMBED_ANCESTORS WEB_ROOT NGINX_TEMP
mkdir -p "$NGINX_TEMP"
# Only these names, since nginx's own variables also begin with a $.
# shellcheck disable=SC2016
envsubst '${LISTEN} ${WEB_ROOT} ${NGINX_TEMP} ${API_UPSTREAM} ${UPSTREAM_OPTIONS} ${RESOLVER} ${API_ORIGINS} ${EMBED_ANCESTORS}' \
    <"$NGINX_TEMPLATE" >"$NGINX_TEMP/nginx.conf"
nginx -q -t -p "$NGINX_TEMP" -e stderr -c "$NGINX_TEMP/nginx.conf"
exec nginx -p "$NGINX_TEMP" -e stderr -c "$NGINX_TEMP/nginx.conf" -g 'daemon off;'
