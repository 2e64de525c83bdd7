export function RunbookEditorPage({ id }: { id: string | null }) {
  return <main id="main" class="page">{id}</main>;
}
