export function ExecutionPage({ id }: { id: string }) {
  return <main id="main" class="page">{id}</main>;
}
