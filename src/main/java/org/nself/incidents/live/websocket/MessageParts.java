package org.nself.incidents.live.websocket;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.web.InboundBudget;

/**
 * The parts of a message that has not arrived as a whole, in UTF-8. It grows by blocks, each of
 * which is taken from the account's share of the {@link InboundBudget} before it exists.
 */
final class MessageParts implements AutoCloseable {

  private static final int BLOCK = 16 * 1024;

  /** The blocks, and the whole message made of them. */
  private static final int COPIES = 2;

  private final InboundBudget.@Nullable Share share;
  private final List<byte[]> blocks = new ArrayList<>();

  /** Of the last block. */
  private int used = BLOCK;

  /**
   * @param share null where there is no caller, whose messages are short
   */
  MessageParts(InboundBudget.@Nullable Share share) {
    this.share = share;
  }

  int length() {
    return blocks.size() * BLOCK - (BLOCK - used);
  }

  /**
   * @throws org.nself.incidents.web.error.ApiException if the share is used up
   */
  void append(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    int at = 0;
    while (at < bytes.length) {
      if (used == BLOCK) {
        if (share != null) {
          share.take(COPIES * BLOCK);
        }
        blocks.add(new byte[BLOCK]);
        used = 0;
      }
      int count = Math.min(bytes.length - at, BLOCK - used);
      System.arraycopy(bytes, at, blocks.getLast(), used, count);
      used += count;
      at += count;
    }
  }

  byte[] toBytes() {
    byte[] all = new byte[length()];
    for (int i = 0; i < blocks.size(); i++) {
      System.arraycopy(blocks.get(i), 0, all, i * BLOCK, Math.min(BLOCK, all.length - i * BLOCK));
    }
    return all;
  }

  /** Gives back what was taken. Idempotent. */
  @Override
  public void close() {
    if (share != null) {
      share.close();
    }
  }
}
