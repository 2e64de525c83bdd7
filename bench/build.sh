# Sourced by the scripts beside it: finds a JDK 25 ($java) and compiles service, tests and benchmarks ($classpath).
#   goal=test-compile; . bench/build.sh

# The JDK of JAVA_HOME, or one that the build finds.
java=${JAVA_HOME:+$JAVA_HOME/bin/java}
if ! [ -x "$java" ] || ! "$java" --version | grep -qE '^[a-z]+ (2[5-9]|[3-9][0-9])'; then
  java=$(./mvnw -B toolchains:select-jdk-toolchain exec:exec -Dtoolchain.jdk.version='[25,)' -Dexec.executable=java \
    -Dexec.args='-XshowSettings:properties -version' 2>&1 | sed -n 's/^ *java\.home = //p')/bin/java
fi
[ -x "$java" ] || { echo 'No JDK 25 found: set JAVA_HOME to one.'; exit 1; }

mkdir -p target
log=target/bench-build.log
./mvnw -B -ntp -DskipTests "$goal" dependency:build-classpath -Dmdep.outputFile=target/bench-test.classpath -Dmdep.includeScope=test \
  >$log 2>&1 || { tail -n 40 $log; exit 1; }
classpath="target/bench-classes:target/test-classes:target/classes:$(cat target/bench-test.classpath)"
# Here and not by Maven: `./mvnw verify` needs none of it.
rm -rf target/bench-classes
mkdir target/bench-classes
"${java}c" -J-XX:TieredStopAtLevel=1 -Xlint:all,-processing,-classfile -Werror -proc:none -parameters -d target/bench-classes \
  -cp "$classpath" $(find src/bench/java -name '*.java') || exit 1
