#!/bin/sh
# Throughput and latency of runbook executions, and whether they survive crashes. See bench/README.md.
#   bench/runbooks.sh steps|latency [executions]
#   bench/runbooks.sh crash [executions]
#   bench/runbooks.sh boundaries
set -eu
cd "$(dirname "$0")/.."
goal=test-compile
. bench/build.sh
case ${1:-} in
  boundaries) main=BoundaryTrial ;;
  crash) main=CrashTrial; shift ;;
  *) main=RunbookBench ;;
esac
exec "$java" -Xmx1g -Dtest.database=embedded -cp "$classpath" org.nself.incidents.runbook.execution.$main "$@"
