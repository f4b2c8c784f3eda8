-- Statements about keys of systems (ledger.access_key); the key itself is never kept.

-- name: make
-- purpose: keep a new key's hash
-- grain: one row: its id
-- parameters: key_id, key_hash, holder, scopes, made_by, expires_at (NULL = never)
INSERT INTO ledger.access_key (key_id, key_hash, holder, scopes, made_by, expires_at)
VALUES (%(key_id)s, %(key_hash)s, %(holder)s, %(scopes)s, %(made_by)s, %(expires_at)s)
RETURNING key_id;

-- name: one
-- purpose: one key
-- grain: one row
-- parameters: key_id
SELECT key_id, key_hash, holder, scopes, made_by, made_at, expires_at, revoked_at
FROM ledger.access_key
WHERE key_id = %(key_id)s;

-- name: list
-- purpose: all keys, newest first
-- grain: one row per key
-- parameters: none
SELECT key_id, key_hash, holder, scopes, made_by, made_at, expires_at, revoked_at
FROM ledger.access_key
ORDER BY made_at DESC, key_id;

-- name: revoke
-- purpose: end a key; the first end stands
-- grain: one row: its id, none where there is no such key or it ended before
-- parameters: key_id
UPDATE ledger.access_key
SET revoked_at = clock_timestamp()
WHERE key_id = %(key_id)s AND revoked_at IS NULL
RETURNING key_id;
