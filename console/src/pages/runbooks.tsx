export function RunbooksPage() {
  return <main id="main" class="page" />;
}

export function RunbookPage({ id }: { id: string }) {
  return <main id="main" class="page">{id}</main>;
}
