package org.nself.incidents.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** The installed nginx with the plug-in's configuration, on a free port. */
public final class Nginx implements AutoCloseable {

  private static final Path FILE = Path.of("nginx/nself-incident-mgmt.conf");

  private final Process process;
  private final Path directory;
  private final int port;

  private Nginx(Process process, Path directory, int port) {
    this.process = process;
    this.directory = directory;
    this.port = port;
  }

  /**
   * Starts it.
   *
   * @param directory an empty one
   * @param upstream where the service is, as host and port
   * @param secret the value of {@code ${PLUGIN_SECRET}} in the file
   */
  public static Nginx start(Path directory, String upstream, String secret) {
    return start(directory, upstream, secret, "");
  }

  /** As above, with further directives in the {@code server}. */
  public static Nginx start(Path directory, String upstream, String secret, String directives) {
    int port = FreePort.find();
    try {
      Files.writeString(
          directory.resolve("plugin.conf"),
          Files.readString(FILE)
              .replace("nself-incident-mgmt:3833", upstream)
              .replace("${PLUGIN_SECRET}", secret));
      Files.writeString(directory.resolve("nginx.conf"), configuration(port, directives));
      Process process =
          new ProcessBuilder("nginx", "-p", directory.toString() + "/", "-c", "nginx.conf")
              .redirectErrorStream(true)
              .redirectOutput(directory.resolve("output").toFile())
              .start();
      Nginx nginx = new Nginx(process, directory, port);
      Eventually.until(Duration.ofSeconds(20), "nginx to listen", nginx::listens);
      return nginx;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String configuration(int port, String directives) {
    return """
    daemon off;
    user %s;
    worker_processes 1;
    pid nginx.pid;
    error_log error.log info;
    events {}
    http {
      access_log off;
      client_body_temp_path body;
      proxy_temp_path proxy;
      fastcgi_temp_path fastcgi;
      uwsgi_temp_path uwsgi;
      scgi_temp_path scgi;
      server {
        listen 127.0.0.1:%d;
        %s
        include plugin.conf;
      }
    }
    """
        .formatted(System.getProperty("user.name"), port, directives);
  }

  private boolean listens() {
    if (!process.isAlive()) {
      throw new AssertionError("nginx stopped: " + log());
    }
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      return socket.isConnected();
    } catch (IOException e) {
      return false;
    }
  }

  /** Its log so far. */
  public String log() {
    try {
      Path errors = directory.resolve("error.log");
      return Files.readString(directory.resolve("output"))
          + (Files.exists(errors) ? Files.readString(errors) : "");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public int port() {
    return port;
  }

  /** The URL of the service for clients. */
  public String url() {
    return "http://127.0.0.1:" + port + "/nself-incident-mgmt";
  }

  @Override
  public void close() {
    process.destroy();
    try {
      if (!process.waitFor(10, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
