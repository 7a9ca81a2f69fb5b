"""The database's versions: what brings each from the one before. Times are microseconds since 1970."""

__all__ = ["MIGRATIONS"]

MIGRATIONS = (
    """
    CREATE TABLE meta (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;

    CREATE TABLE keys (
        digest BLOB PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        kind TEXT NOT NULL CHECK (kind IN ('api', 'management')),
        name TEXT NOT NULL,
        redacted TEXT NOT NULL,
        user_id TEXT NOT NULL,
        team_id TEXT NOT NULL,
        acls TEXT NOT NULL,
        created INTEGER NOT NULL,
        modified INTEGER NOT NULL,
        modified_by TEXT NOT NULL,
        blocked INTEGER NOT NULL DEFAULT 0,
        team_blocked INTEGER NOT NULL DEFAULT 0,
        disabled INTEGER NOT NULL DEFAULT 0
    ) WITHOUT ROWID;

    -- Contents that were named, but of which no row of another table may know yet.
    CREATE TABLE incoming (blob TEXT PRIMARY KEY) WITHOUT ROWID;

    CREATE TABLE files (
        id TEXT PRIMARY KEY,
        team_id TEXT NOT NULL,
        name TEXT NOT NULL,
        purpose TEXT NOT NULL,
        content_type TEXT NOT NULL,
        size INTEGER NOT NULL,
        hash TEXT NOT NULL,
        blob TEXT NOT NULL,
        created INTEGER NOT NULL,
        expires INTEGER
    ) WITHOUT ROWID;
    CREATE INDEX files_by_age ON files (team_id, created, id);
    CREATE INDEX files_by_name ON files (team_id, name, id);
    CREATE INDEX files_by_size ON files (team_id, size, id);
    CREATE INDEX files_by_expiry ON files (expires) WHERE expires IS NOT NULL;

    CREATE TABLE completions (
        id TEXT PRIMARY KEY,
        team_id TEXT NOT NULL,
        messages BLOB NOT NULL,
        response BLOB NOT NULL,
        created INTEGER NOT NULL,
        expires INTEGER NOT NULL
    ) WITHOUT ROWID;
    CREATE INDEX completions_by_expiry ON completions (expires);

    CREATE TABLE deferred (
        id TEXT PRIMARY KEY,
        team_id TEXT NOT NULL,
        request BLOB NOT NULL,
        response BLOB,
        error_code INTEGER,
        error_message TEXT,
        ready INTEGER NOT NULL,
        expires INTEGER NOT NULL,
        taken INTEGER NOT NULL DEFAULT 0
    ) WITHOUT ROWID;

    CREATE TABLE collections (
        id TEXT PRIMARY KEY,
        team_id TEXT NOT NULL,
        name TEXT NOT NULL,
        created INTEGER NOT NULL,
        model TEXT NOT NULL,
        chunking BLOB NOT NULL
    ) WITHOUT ROWID;
    CREATE INDEX collections_by_name ON collections (team_id, name, id);
    CREATE INDEX collections_by_age ON collections (team_id, created, id);

    CREATE TABLE documents (
        collection_id TEXT NOT NULL REFERENCES collections (id) ON DELETE CASCADE,
        file_id TEXT NOT NULL REFERENCES files (id) ON DELETE CASCADE,
        name TEXT NOT NULL,
        size INTEGER NOT NULL,
        fields TEXT NOT NULL,
        added INTEGER NOT NULL,
        ready INTEGER NOT NULL,
        error TEXT,
        PRIMARY KEY (collection_id, file_id)
    ) WITHOUT ROWID;
    CREATE INDEX documents_by_file ON documents (file_id);
    CREATE INDEX documents_by_name ON documents (collection_id, name, file_id);
    CREATE INDEX documents_by_size ON documents (collection_id, size, file_id);
    CREATE INDEX documents_by_age ON documents (collection_id, added, file_id);

    CREATE TABLE chunks (
        id TEXT PRIMARY KEY,
        collection_id TEXT NOT NULL,
        file_id TEXT NOT NULL,
        number INTEGER NOT NULL,
        content TEXT NOT NULL,
        vector BLOB NOT NULL,
        FOREIGN KEY (collection_id, file_id) REFERENCES documents (collection_id, file_id) ON DELETE CASCADE
    ) WITHOUT ROWID;
    CREATE INDEX chunks_by_document ON chunks (collection_id, file_id, number);

    CREATE TABLE pictures (id TEXT PRIMARY KEY, format TEXT NOT NULL, content BLOB NOT NULL, expires INTEGER NOT NULL)
        WITHOUT ROWID;
    """,
)
