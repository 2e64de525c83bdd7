import type { Nodes, Parent } from 'mdast';
import type { ComponentChildren } from 'preact';
import { useMemo } from 'preact/hooks';
import { markdown } from '../lazy.tsx';

/** What has no mark of Markdown is shown as it is, without the parser. */
const isPlain = (text: string): boolean => !/[*_`[\]#<>~|\\&!]|^\s*(?:[-+]|\d+[.)])\s|\n|https?:|www\.|@/m.test(text);

/** A text in Markdown, as elements. HTML in it is shown as text, and only links to http, https and mailto are links. */
export function Markdown({ text }: { text: string }) {
  const parse = markdown.loaded.value?.parse;
  const plain = isPlain(text);
  if (!plain && !parse) markdown.get().catch(() => undefined);
  const content = useMemo(() => (plain || !parse ? <p class="plain-text">{text}</p> : children(parse(text))), [text, parse, plain]);
  return <div class="markdown">{content}</div>;
}

function children(node: Parent, inTable = false): ComponentChildren {
  return node.children.map((child, index) => render(child as Nodes, index, inTable));
}

function safeUrl(url: string): string | null {
  try {
    const parsed = new URL(url);
    return ['http:', 'https:', 'mailto:'].includes(parsed.protocol) ? parsed.href : null;
  } catch {
    return null;
  }
}

function link(url: string, content: ComponentChildren, key: number) {
  const safe = safeUrl(url);
  return safe ? (
    <a key={key} href={safe} target="_blank" rel="noopener noreferrer nofollow">
      {content}
    </a>
  ) : (
    <span key={key}>{content}</span>
  );
}

function render(node: Nodes, key: number, header: boolean): ComponentChildren {
  switch (node.type) {
    case 'text':
      return node.value;
    case 'html':
      return <span key={key}>{node.value}</span>;
    case 'paragraph':
      return <p key={key}>{children(node)}</p>;
    case 'heading': {
      // The page has its own headings; those of a text come below them.
      const level = Math.min(6, node.depth + 2) as 3 | 4 | 5 | 6;
      const Tag = `h${level}` as 'h3' | 'h4' | 'h5' | 'h6';
      return <Tag key={key}>{children(node)}</Tag>;
    }
    case 'strong':
      return <strong key={key}>{children(node)}</strong>;
    case 'emphasis':
      return <em key={key}>{children(node)}</em>;
    case 'delete':
      return <del key={key}>{children(node)}</del>;
    case 'inlineCode':
      return <code key={key}>{node.value}</code>;
    case 'code':
      return (
        <pre key={key} tabIndex={0}>
          <code>{node.value}</code>
        </pre>
      );
    case 'blockquote':
      return <blockquote key={key}>{children(node)}</blockquote>;
    case 'list':
      return node.ordered ? (
        <ol key={key} start={node.start ?? 1}>
          {children(node)}
        </ol>
      ) : (
        <ul key={key}>{children(node)}</ul>
      );
    case 'listItem':
      return (
        <li key={key} class={node.checked == null ? undefined : 'task'}>
          {node.checked != null && <span aria-label={node.checked ? 'done' : 'to do'}>{node.checked ? '☑ ' : '☐ '}</span>}
          {node.children.map((child, index) => (child.type === 'paragraph' && !node.spread ? children(child) : render(child as Nodes, index, false)))}
        </li>
      );
    case 'break':
      return <br key={key} />;
    case 'thematicBreak':
      return <hr key={key} />;
    case 'link':
      return link(node.url, children(node), key);
    case 'image':
      // Nothing is loaded from elsewhere: an image is a link to it.
      return link(node.url, node.alt || node.url, key);
    case 'table':
      return (
        <div key={key} class="table-scroll" tabIndex={0}>
          <table>
            {node.children.map((row, index) => (
              <tr key={index}>{children(row, index === 0)}</tr>
            ))}
          </table>
        </div>
      );
    case 'tableCell':
      return header ? <th key={key}>{children(node)}</th> : <td key={key}>{children(node)}</td>;
    case 'linkReference':
    case 'footnoteReference':
    case 'imageReference':
      return <span key={key}>{'children' in node ? children(node) : `[${node.label ?? node.identifier}]`}</span>;
    case 'definition':
      return link(node.url, `[${node.label ?? node.identifier}]: ${node.url}`, key);
    default:
      return 'children' in node ? <div key={key}>{children(node as Parent)}</div> : null;
  }
}
