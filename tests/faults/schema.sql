-- purpose: the smallest warehouse on which a load design can be right or wrong
-- grain:   run = one attempt, head = one partition, fact = one row of a partition, mart = one partition
-- parameters: none; created once in a schema of its own per design
CREATE TABLE run (
    token bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    part integer NOT NULL,
    state text NOT NULL DEFAULT 'running',
    received integer NOT NULL DEFAULT 0,
    loaded integer NOT NULL DEFAULT 0
);
CREATE TABLE head (part integer PRIMARY KEY, applied bigint NOT NULL DEFAULT 0);
CREATE TABLE fact (part integer NOT NULL, key bigint NOT NULL, amount bigint NOT NULL);
CREATE INDEX fact_part ON fact (part);
CREATE TABLE mart (part integer PRIMARY KEY, row_count bigint NOT NULL, amount bigint NOT NULL);
