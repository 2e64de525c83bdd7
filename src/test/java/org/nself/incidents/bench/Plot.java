package org.nself.incidents.bench;

import java.util.List;

/** The ratios to pgbench as bars, in SVG that is readable on a light and on a dark page. */
final class Plot {

  private static final int LEFT = 230;
  private static final int WIDTH = 520;
  private static final int TOP = 60;
  private static final int BAR = 14;
  private static final int GAP = 14;
  private static final String AIM = "#c0392b";

  private final StringBuilder svg = new StringBuilder();

  private Plot() {}

  static String of(List<Rounds.Figure> figures) {
    return new Plot().draw(figures);
  }

  private String draw(List<Rounds.Figure> figures) {
    double most =
        Math.max(1, figures.stream().mapToDouble(f -> f.toPgbench().most()).max().orElse(1));
    int height = TOP + figures.size() * (BAR + 2) + figures.size() / 2 * GAP + 20;
    add(
        ("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\""
                + " font-family=\"sans-serif\" font-size=\"12\">")
            .formatted(LEFT + WIDTH + 60, height, LEFT + WIDTH + 60));
    add("<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>");
    add(
        "<text x=\"10\" y=\"22\" font-size=\"15\" fill=\"#222222\">Requests per second, as a part"
            + " of pgbench with the same statements</text>");
    key(LEFT, Protocol.GRAPHQL);
    key(LEFT + 100, Protocol.REST);
    add(
        "<line x1=\"%1$d\" y1=\"31\" x2=\"%1$d\" y2=\"45\" stroke=\"%2$s\" stroke-width=\"2\"/>"
            .formatted(LEFT + 180, AIM));
    add("<text x=\"%d\" y=\"42\" fill=\"#222222\">aim</text>".formatted(LEFT + 186));
    for (int tenth = 0; tenth <= Math.round(most * 10); tenth += 2) {
      double x = LEFT + WIDTH * tenth / 10.0 / most;
      add(
          "<line x1=\"%.1f\" y1=\"%d\" x2=\"%.1f\" y2=\"%d\" stroke=\"#dddddd\"/>"
              .formatted(x, TOP - 4, x, height - 18));
      add(
          "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\" fill=\"#666666\">%.1f</text>"
              .formatted(x, height - 4, tenth / 10.0));
    }
    int y = TOP;
    for (Rounds.Figure figure : figures) {
      bar(figure, y, most);
      y += BAR + 2 + (figure.protocol() == Protocol.REST ? GAP : 0);
    }
    add("</svg>");
    return svg.toString();
  }

  private void key(int x, Protocol protocol) {
    add(
        "<rect x=\"%d\" y=\"32\" width=\"12\" height=\"12\" fill=\"%s\"/>"
            .formatted(x, colour(protocol)));
    add("<text x=\"%d\" y=\"42\" fill=\"#222222\">%s</text>".formatted(x + 17, protocol.title()));
  }

  private void bar(Rounds.Figure figure, int y, double most) {
    Spread ratio = figure.toPgbench();
    double scale = WIDTH / most;
    if (figure.protocol() == Protocol.GRAPHQL) {
      add(
          "<text x=\"%d\" y=\"%d\" text-anchor=\"end\" fill=\"#222222\">%s</text>"
              .formatted(LEFT - 8, y + BAR + 4, figure.work().title()));
    }
    add(
        "<rect x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"%d\" fill=\"%s\"/>"
            .formatted(LEFT, y, ratio.median() * scale, BAR, colour(figure.protocol())));
    add(
        "<line x1=\"%.1f\" y1=\"%d\" x2=\"%.1f\" y2=\"%d\" stroke=\"#222222\"/>"
            .formatted(
                LEFT + ratio.least() * scale,
                y + BAR / 2,
                LEFT + ratio.most() * scale,
                y + BAR / 2));
    add(
        "<text x=\"%.1f\" y=\"%d\" fill=\"#222222\">%.2f</text>"
            .formatted(LEFT + ratio.most() * scale + 6, y + BAR - 3, ratio.median()));
    double aim = figure.work().aim(figure.protocol());
    if (aim > 0) {
      add(
          ("<line x1=\"%.1f\" y1=\"%d\" x2=\"%.1f\" y2=\"%d\" stroke=\"%s\""
                  + " stroke-width=\"2\"/>")
              .formatted(LEFT + aim * scale, y - 1, LEFT + aim * scale, y + BAR + 1, AIM));
    }
  }

  private static String colour(Protocol protocol) {
    return protocol == Protocol.GRAPHQL ? "#b35fb0" : "#4a8fc2";
  }

  private void add(String element) {
    svg.append(element).append('\n');
  }
}
