#!/bin/sh
# What live timelines cost, and whether they are complete. See bench/README.md.
#   bench/live.sh idle|latency|writes|limit [rest|socket] [numbers]
#   bench/live.sh complete
set -eu
cd "$(dirname "$0")/.."
./mvnw -B -q test-compile dependency:build-classpath -Dmdep.outputFile=target/bench-classpath -Dmdep.includeScope=test
ulimit -n "$(ulimit -Hn)" 2>/dev/null || true
java=${JAVA_HOME:+$JAVA_HOME/bin/}java
classpath="target/test-classes:target/classes:$(cat target/bench-classpath)"
if [ "${1:-}" = complete ]; then
  exec "$java" -Xmx2g -Dtest.database=embedded -cp "$classpath" org.nself.incidents.live.LiveChaosTest
fi
exec "$java" -Xmx1g -Dtest.database=embedded -cp "$classpath" org.nself.incidents.bench.LiveBench "$@"
