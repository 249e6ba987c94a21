-- One file holds one shard. Rows are only ever added, but for counters and dead letters.

create table events (
    source text not null,
    event_id text not null,
    document_count integer not null,
    record blob not null,
    primary key (source, event_id)
);

create table documents (
    document_id text primary key,
    series text not null,
    sequence integer not null,
    number text not null unique,
    country text not null,
    business_line text not null,
    kind text not null,
    supply_date text not null,
    sha256 blob not null,
    chain blob not null,
    body blob not null,
    unique (series, sequence)
);

-- The last number and the last link of each series; advanced in the transaction that
-- stores the documents, so a number exists only with its document.
create table counters (
    series text primary key,
    last_sequence integer not null,
    last_chain blob not null
) without rowid;

-- Packs and legal entities by the SHA-256 that documents and records name.
create table frozen_inputs (
    sha256 text primary key,
    kind text not null,
    content blob not null
);

create table dead_letters (
    dead_letter_id integer primary key,
    sha256 blob not null unique,
    first_seen_at text not null,
    last_seen_at text not null,
    times_seen integer not null,
    origin text not null,
    code text not null,
    path text not null,
    reason text not null,
    content blob not null
);
