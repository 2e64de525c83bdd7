# The container image. Both base images can be replaced: docker build --build-arg JDK_IMAGE=… --build-arg JRE_IMAGE=… .
# By digest, so that the same commit gives the same image: Temurin 25.0.4.1. For a newer one, take the digests of
#   docker buildx imagetools inspect eclipse-temurin:25-jdk (and 25-jre)
ARG JDK_IMAGE=eclipse-temurin:25-jdk@sha256:8c0a84ea11c8f6ed52600fc19f1040121f2a162998e9f50a5faebbbad9172dcc
ARG JRE_IMAGE=eclipse-temurin:25-jre@sha256:fcd7fd7b387f94bb2ac461478a7436ad8e349924c374ea8313919624dceae636

# Builds the jar and extracts it in layers, so that the libraries, which seldom change, are a layer of their own.
FROM ${JDK_IMAGE} AS build
WORKDIR /build
COPY mvnw pom.xml ./
COPY .mvn/ .mvn/
COPY schema/ schema/
COPY src/ src/
RUN --mount=type=cache,target=/root/.m2 \
    ./mvnw -B -ntp -DskipTests package dependency:copy-dependencies -DincludeScope=test -DoutputDirectory=target/training \
 && java -Djarmode=tools -jar target/nself-incident-mgmt-*.jar \
      extract --layers --destination target/image --application-filename nself-incident-mgmt.jar

FROM ${JRE_IMAGE} AS program
WORKDIR /app
COPY --from=build /build/target/image/dependencies/ ./
COPY --from=build /build/target/image/snapshot-dependencies/ ./
COPY --from=build /build/target/image/application/ ./
ENV BIND_ADDRESS=0.0.0.0
USER 65532:65532

# Training run for the AOT cache: uses the program on a PostgreSQL of the tests while the JVM records loaded classes and hot methods.
# A stage of its own: only the cache is copied to the image. PostgreSQL needs a user with a name.
FROM program AS training
USER root
RUN echo 'training:x:65532:65532::/tmp:/bin/sh' >>/etc/passwd
USER 65532:65532
COPY --from=build /build/target/training/ /training/lib/
COPY --from=build /build/target/classes/ /training/classes/
COPY --from=build /build/target/test-classes/ /training/test-classes/
RUN java -cp '/training/test-classes:/training/classes:/training/lib/*' org.nself.incidents.testing.Training \
      java -XX:AOTCacheOutput=/tmp/nself-incident-mgmt.aot -Dspring.aot.enabled=true -jar nself-incident-mgmt.jar

FROM program
COPY --from=training /tmp/nself-incident-mgmt.aot ./
EXPOSE 3833
# The base image has no curl, but bash, because its own entry point is a bash script.
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s \
  CMD ["bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/${PORT:-3833} && printf 'GET /health HTTP/1.0\\r\\n\\r\\n' >&3 && read -r _ status _ <&3 && [ \"$status\" = 200 ]"]
ENTRYPOINT ["java", "-XX:AOTCache=nself-incident-mgmt.aot", "-XX:MaxRAMPercentage=50", "-XX:+ExitOnOutOfMemoryError", "-Dspring.aot.enabled=true", "-jar", "nself-incident-mgmt.jar"]
LABEL org.opencontainers.image.title="nself-incident-mgmt" \
      org.opencontainers.image.description="Incidents, their timelines and executable runbooks for nSelf" \
      org.opencontainers.image.licenses="MIT"
