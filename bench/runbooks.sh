#!/bin/sh
# What executions of runbooks cost, and whether they survive. See bench/README.md.
#   bench/runbooks.sh steps|latency [executions]
#   bench/runbooks.sh crash [executions]
#   bench/runbooks.sh boundaries
set -eu
cd "$(dirname "$0")/.."
./mvnw -B -q test-compile dependency:build-classpath -Dmdep.outputFile=target/bench-classpath -Dmdep.includeScope=test
java=${JAVA_HOME:+$JAVA_HOME/bin/}java
classpath="target/test-classes:target/classes:$(cat target/bench-classpath)"
if [ "${1:-}" = boundaries ]; then
  exec "$java" -Xmx1g -Dtest.database=embedded -cp "$classpath" org.nself.incidents.runbook.execution.BoundaryTrial
fi
if [ "${1:-}" = crash ]; then
  shift
  exec "$java" -Xmx1g -Dtest.database=embedded -cp "$classpath" org.nself.incidents.runbook.execution.CrashTrial "$@"
fi
exec "$java" -Xmx1g -Dtest.database=embedded -cp "$classpath" org.nself.incidents.runbook.execution.RunbookBench "$@"
