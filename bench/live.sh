#!/bin/sh
# Latency, memory and completeness of live timelines. See bench/README.md.
#   bench/live.sh idle|latency|writes|limit [rest|socket] [numbers]
#   bench/live.sh complete [batches of each writer]
set -eu
cd "$(dirname "$0")/.."
goal=test-compile
. bench/build.sh
ulimit -n "$(ulimit -Hn)" 2>/dev/null || true
case ${1:-} in
  complete) main=live.LiveChaosTrial; shift ;;
  *) main=bench.LiveBench ;;
esac
exec "$java" -Xmx2g -Dtest.database=embedded -cp "$classpath" org.nself.incidents.$main "$@"
