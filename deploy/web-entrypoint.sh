#!/bin/sh
# Starts nginx in the web image: fills in the template from the environment, has nginx check it,
# and becomes nginx.
set -eu

: "${PORT:=8080}" "${API_UPSTREAM:=api:8000}" "${API_ORIGINS:=}" "${EMBED_ANCESTORS:=*}"

# One socket for both families (Railway's private network is IPv6), where the kernel has IPv6.
if [ -e /proc/net/if_inet6 ]; then
    LISTEN="[::]:$PORT ipv6only=off"
else
    LISTEN=$PORT
fi

# nginx does not read resolv.conf. The servers in it, IPv6 ones in brackets and without a zone.
if [ -z "${RESOLVER:-}" ]; then
    RESOLVER=$(awk '$1 == "nameserver" { sub(/%.*/, "", $2); print ($2 ~ /:/) ? "[" $2 "]" : $2 }' \
        /etc/resolv.conf | tr '\n' ' ')
fi
RESOLVER=${RESOLVER:-127.0.0.1}

# A name is followed while replicas come and go; an address needs no looking up.
case $API_UPSTREAM in
"["*) : "${UPSTREAM_OPTIONS=}" ;;
*[!0-9.:]*) : "${UPSTREAM_OPTIONS=resolve}" ;;
*) : "${UPSTREAM_OPTIONS=}" ;;
esac

# They stand inside quoted strings of the template; only a source list knows quotes ('self').
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
# These names only: nginx's own variables begin with a $ as well.
# shellcheck disable=SC2016
envsubst '${LISTEN} ${WEB_ROOT} ${NGINX_TEMP} ${API_UPSTREAM} ${UPSTREAM_OPTIONS} ${RESOLVER} ${API_ORIGINS} ${EMBED_ANCESTORS}' \
    <"$NGINX_TEMPLATE" >"$NGINX_TEMP/nginx.conf"
nginx -q -t -p "$NGINX_TEMP" -e stderr -c "$NGINX_TEMP/nginx.conf"
exec nginx -p "$NGINX_TEMP" -e stderr -c "$NGINX_TEMP/nginx.conf" -g 'daemon off;'
