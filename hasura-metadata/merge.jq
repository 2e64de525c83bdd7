# Reads the response of export_metadata and returns the replace_metadata request that adds $ours to it. Items with the same name or
# role are replaced, everything else stays as it is.

# Merges two lists; of items with the same key, the second list's is kept.
def joined($theirs; $ours; key):
  ([$ours[]? | key]) as $keys
  | [$theirs[]? | key as $key | select(any($keys[]; . == $key) | not)] + [$ours[]?];

def with_joined($theirs; $ours; $member; key):
  joined($theirs[$member]; $ours[$member]; key) as $list
  | if $list == [] then . else .[$member] = $list end;

def table($theirs; $ours):
  $theirs + $ours
  | with_joined($theirs; $ours; "object_relationships"; .name)
  | with_joined($theirs; $ours; "array_relationships"; .name)
  | with_joined($theirs; $ours; "remote_relationships"; .name)
  | with_joined($theirs; $ours; "select_permissions"; .role);

def relationships($theirs; $ours):
  $theirs + $ours | with_joined($theirs; $ours; "relationships"; .name);

def remote_schema($theirs; $ours):
  $theirs + $ours
  | with_joined($theirs; $ours; "permissions"; .role)
  | .remote_relationships = joined(
      $theirs.remote_relationships;
      [$ours.remote_relationships[] | .type_name as $type
        | relationships(([$theirs.remote_relationships[]? | select(.type_name == $type)][0]) // {}; .)];
      .type_name);

def named($list; $name): [$list[]? | select(.name == $name)][0];

($ours[0].args.metadata | walk(if type == "object" and has("to_source") then .to_source.source = $source else . end)) as $ours
| .resource_version as $version
| .metadata as $theirs
| named($theirs.sources; $source) as $database
| if $database == null then
    error("Hasura has no database called \($source); there are: \([$theirs.sources[]?.name] | join(", ")). Give one with --source.")
  else . end
| ($ours.sources[0].tables | map(
    . as $table | table(([$database.tables[]? | select(.table == $table.table)][0]) // {}; $table))) as $tables
| ($ours.remote_schemas[0]) as $remote
| {
    type: "replace_metadata",
    version: 2,
    resource_version: $version,
    args: {
      allow_inconsistent_metadata: false,
      metadata: (
        $theirs
        | .sources |= map(if .name == $source then .tables = joined(.tables; $tables; .table) else . end)
        | .remote_schemas = joined(
            .remote_schemas;
            [remote_schema(named($theirs.remote_schemas; $remote.name) // {}; $remote)];
            .name))
    }
  }
