-- How PostgreSQL records: types and functions of the writer's own session (pg_temp), created when it connects, so that they are always
-- those of the program that calls them. A call is one statement: the server has all arguments before it begins, and the answer is a few
-- bytes. A client that stops or dies therefore never holds a transaction open. Every statement within sees all earlier commits.
--
-- take_turn       lets one writer in at a time, until its transaction ends, and counts the transaction
-- raise_seq       keeps the highest delivery number of each shard
-- park            parks lines with a reason, in the transaction of its caller
-- park_refused    the same as a whole transaction
-- classify        finds lines that are not inserted: resolved ones, and those of an earlier run of the gate
-- locate          finds or makes the numbers of packets, accounts and recordings
-- add_transfers   inserts lines as transfers, and adds them to the totals of their accounts
-- compare         compares lines that were not inserted with the transfers of the same identity
-- record          all of this in order; answers a row per line that was not inserted: its place from 1, and duplicate, parked or stale
--
-- The columns of a type are arrays of one length. A line names its chunk, packet and accounts by their places in the arrays of those,
-- from 1. Money in fen, times in milliseconds since 1970.
-- Promise: one recording at a time, in all processes, from the lock to the commit. Transfers are therefore numbered in the order of their
-- commits and without gaps. A report that has added up all rows to a number never needs them again, and a statement misses none.

-- A chunk is one message. lost_run is set where the ledger has another run than the chunk, and the chunk is not of the run before it up to
-- its border: it is then the chunk's run, or empty.
CREATE TYPE pg_temp.chunk_columns AS (
    shard int[], seq bigint[], published bigint[], trace text[], followed text[], run text[], forgotten boolean[], lost_run text[]);

-- The packets and accounts that the lines name.
CREATE TYPE pg_temp.name_columns AS (
    packet_id text[], packet_shard int[], account_code text[], account_kind int[], account_check int[]);

-- is_first: no line before it in this call has the same identity. fate: why it is not inserted (resolved, stale, forgotten), null for a
-- line that is.
CREATE TYPE pg_temp.line_columns AS (
    chunk int[], packet int[], kind int[], ordinal int[], debit int[], credit int[], fen bigint[], at bigint[],
    is_first boolean[], user_id text[], terms text[], key_hash text[], payload text[], fate text[]);

-- The ledger's numbers, at the places of the packets, accounts and chunks.
CREATE TYPE pg_temp.number_columns AS (packet bigint[], account bigint[], recording bigint[]);

-- A writer counts its transactions here and in its memory. A ledger that has fewer than were committed went back (see WriterCount.cs).
CREATE FUNCTION pg_temp.take_turn(writer text, turn bigint, committed bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(7812730915);
    INSERT INTO writers (id, number)
    SELECT writer, turn WHERE committed = 0 OR EXISTS (SELECT FROM writers w WHERE w.id = writer AND w.number >= committed)
    ON CONFLICT (id) DO UPDATE SET number = excluded.number;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'the ledger lacks transaction % of this writer', committed USING ERRCODE = 'RP001';
    END IF;
END $$;

CREATE FUNCTION pg_temp.raise_seq(chunks pg_temp.chunk_columns) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO shards (shard, highest_seq)
    SELECT c.shard, max(c.seq) FROM unnest(chunks.shard, chunks.seq) AS c(shard, seq) GROUP BY c.shard
    ON CONFLICT (shard) DO UPDATE SET highest_seq = greatest(shards.highest_seq, excluded.highest_seq);
END $$;

-- A line without a detail is not parked. A line that is parked already keeps its one row, with the moment at which it first came. A
-- resolved row stays as it is, and what was granted under a lost run stays so.
CREATE FUNCTION pg_temp.park(
    now_ms bigint, because text, chunks pg_temp.chunk_columns, packet_ids text[], lines pg_temp.line_columns, details text[])
RETURNS void LANGUAGE plpgsql SET jit = off AS $$
BEGIN
    UPDATE parked k SET reason = because, detail = l.detail, lost_run = coalesce(chunks.lost_run[l.chunk], k.lost_run)
    FROM unnest(lines.payload, lines.chunk, details) AS l(payload, chunk, detail)
    WHERE k.payload = l.payload AND k.resolved_at IS NULL AND l.detail <> ''
        AND (k.reason <> because OR k.detail <> l.detail OR (k.lost_run IS NULL AND chunks.lost_run[l.chunk] IS NOT NULL));

    INSERT INTO parked (shard, packet_id, kind, ordinal, user_id, amount_fen, payload,
        reason, detail, parked_at, published_at, traceparent, lost_run)
    SELECT chunks.shard[l.chunk], coalesce(packet_ids[l.packet], ''), l.kind, l.ordinal, l.user_id, l.fen, l.payload,
        because, l.detail, now_ms, chunks.published[l.chunk], chunks.trace[l.chunk], chunks.lost_run[l.chunk]
    FROM unnest(lines.chunk, lines.packet, lines.kind, lines.ordinal, lines.user_id, lines.fen, lines.payload, details) WITH ORDINALITY
        AS l(chunk, packet, kind, ordinal, user_id, fen, payload, detail, n)
    WHERE l.detail <> '' ORDER BY l.n ON CONFLICT DO NOTHING;

    PERFORM pg_temp.raise_seq(chunks);
END $$;

CREATE FUNCTION pg_temp.park_refused(
    writer text, turn bigint, committed bigint,
    now_ms bigint, because text, chunks pg_temp.chunk_columns, packet_ids text[], lines pg_temp.line_columns, details text[])
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_temp.take_turn(writer, turn, committed);
    PERFORM pg_temp.park(now_ms, because, chunks, packet_ids, lines, details);
END $$;

-- A resolved line is neither recorded nor parked again, however often it comes. A line of an earlier run may match a transfer but adds
-- none. A forgotten fund or grab is parked here. A refund that differs adds none and is not parked: Redis has
-- closed the packet again.
CREATE FUNCTION pg_temp.classify(
    now_ms bigint, as_conflict text, why_forgotten text, chunks pg_temp.chunk_columns, packet_ids text[], lines pg_temp.line_columns)
RETURNS pg_temp.line_columns LANGUAGE plpgsql AS $$
BEGIN
    lines.fate := ARRAY(
        SELECT CASE
            WHEN EXISTS (SELECT FROM parked k WHERE k.payload = l.payload AND k.resolved_at IS NOT NULL) THEN 'resolved'
            WHEN chunks.lost_run[l.chunk] IS NULL OR EXISTS (
                SELECT FROM packets p JOIN transfers t ON t.packet = p.number
                WHERE p.packet_id = packet_ids[l.packet] AND t.kind = l.kind AND t.ordinal = l.ordinal
                    AND (l.kind <> 3 OR (t.amount_fen = l.fen AND t.granted_at = l.at))) THEN NULL
            WHEN NOT chunks.forgotten[l.chunk] OR l.kind = 3 THEN 'stale'
            ELSE 'forgotten' END
        FROM unnest(lines.chunk, lines.packet, lines.kind, lines.ordinal, lines.fen, lines.at, lines.payload) WITH ORDINALITY
            AS l(chunk, packet, kind, ordinal, fen, at, payload, n)
        ORDER BY l.n);
    IF 'forgotten' = ANY (lines.fate) THEN
        PERFORM pg_temp.park(now_ms, as_conflict, chunks, packet_ids, lines, ARRAY(
            SELECT CASE WHEN l.fate = 'forgotten' THEN why_forgotten END
            FROM unnest(lines.fate) WITH ORDINALITY AS l(fate, n) ORDER BY l.n));
    END IF;
    lines.is_first := ARRAY(
        SELECT l.fate IS NULL AND row_number() OVER (PARTITION BY l.packet, l.kind, l.ordinal, l.fate IS NULL ORDER BY l.n) = 1
        FROM unnest(lines.packet, lines.kind, lines.ordinal, lines.fate) WITH ORDINALITY AS l(packet, kind, ordinal, fate, n)
        ORDER BY l.n);
    RETURN lines;
END $$;

CREATE FUNCTION pg_temp.locate(chunks pg_temp.chunk_columns, names pg_temp.name_columns, lines pg_temp.line_columns)
RETURNS pg_temp.number_columns LANGUAGE plpgsql AS $$
DECLARE
    numbers pg_temp.number_columns;
BEGIN
    -- A packet of which no line is inserted is not made.
    INSERT INTO packets (packet_id, shard)
    SELECT p.id, p.shard FROM unnest(names.packet_id, names.packet_shard) WITH ORDINALITY AS p(id, shard, n)
    WHERE (lines.fate IS NULL OR p.n = ANY (ARRAY(
            SELECT DISTINCT l.packet FROM unnest(lines.packet, lines.fate) AS l(packet, fate) WHERE l.fate IS NULL)))
        AND NOT EXISTS (SELECT FROM packets k WHERE k.packet_id = p.id)
    ON CONFLICT (packet_id) DO NOTHING;
    INSERT INTO accounts (code, kind, user_check, debits, credits)
    SELECT a.code, a.kind, a.user_check, 0, 0
    FROM unnest(names.account_code, names.account_kind, names.account_check) AS a(code, kind, user_check)
    WHERE NOT EXISTS (SELECT FROM accounts k WHERE k.code = a.code)
    ON CONFLICT (code) DO NOTHING;
    numbers.packet := ARRAY(
        SELECT k.number FROM unnest(names.packet_id) WITH ORDINALITY AS p(id, n) LEFT JOIN packets k ON k.packet_id = p.id ORDER BY p.n);
    numbers.account := ARRAY(
        SELECT k.id FROM unnest(names.account_code) WITH ORDINALITY AS a(code, n) JOIN accounts k ON k.code = a.code ORDER BY a.n);
    numbers.recording := ARRAY(SELECT nextval(pg_get_serial_sequence('recordings', 'id')) FROM generate_subscripts(chunks.shard, 1));
    RETURN numbers;
END $$;

-- Returns how many transfers it added.
CREATE FUNCTION pg_temp.add_transfers(
    now_ms bigint, too_close_ms bigint, chunks pg_temp.chunk_columns, lines pg_temp.line_columns, numbers pg_temp.number_columns)
RETURNS int LANGUAGE plpgsql AS $$
DECLARE
    last_before bigint := coalesce((SELECT max(id) FROM transfers), 0);
    recordings_used bigint[];
    added int;
BEGIN
    PERFORM setval(pg_get_serial_sequence('transfers', 'id'), greatest(last_before, 1), last_before > 0);
    -- The conflict clause is for a program that writes by hand: recordings cannot come between the look and the insert.
    INSERT INTO transfers (packet, kind, ordinal, debit_account, credit_account, amount_fen, granted_at, recording)
    SELECT numbers.packet[l.packet], l.kind, l.ordinal, numbers.account[l.debit], numbers.account[l.credit],
        l.fen, l.at, numbers.recording[l.chunk]
    FROM unnest(lines.chunk, lines.packet, lines.kind, lines.ordinal, lines.debit, lines.credit, lines.fen, lines.at, lines.is_first)
        WITH ORDINALITY AS l(chunk, packet, kind, ordinal, debit, credit, fen, at, is_first, n)
    WHERE l.is_first AND NOT EXISTS (
        SELECT FROM transfers t WHERE t.packet = numbers.packet[l.packet] AND t.kind = l.kind AND t.ordinal = l.ordinal)
    ORDER BY l.n ON CONFLICT (packet, kind, ordinal) DO NOTHING;
    GET DIAGNOSTICS added = ROW_COUNT;

    -- Totals change for the new transfers, and for no other.
    recordings_used := ARRAY(
        SELECT DISTINCT t.recording FROM transfers t WHERE t.id > last_before AND t.recording = ANY (numbers.recording));
    UPDATE accounts a SET debits = a.debits + s.debits, credits = a.credits + s.credits
    FROM (SELECT side.account, sum(side.debit)::bigint AS debits, sum(side.credit)::bigint AS credits
          FROM (SELECT t.debit_account, t.amount_fen, 0 FROM transfers t WHERE t.id > last_before AND t.recording = ANY (recordings_used)
                UNION ALL
                SELECT t.credit_account, 0, t.amount_fen FROM transfers t WHERE t.id > last_before AND t.recording = ANY (recordings_used))
                AS side(account, debit, credit)
          GROUP BY side.account ORDER BY side.account) AS s
    WHERE a.id = s.account;
    UPDATE packets p SET terms = l.terms, key_hash = l.key_hash
    FROM unnest(lines.chunk, lines.packet, lines.kind, lines.ordinal, lines.is_first, lines.terms, lines.key_hash)
        AS l(chunk, packet, kind, ordinal, is_first, terms, key_hash)
    JOIN transfers t ON t.packet = numbers.packet[l.packet] AND t.kind = 1 AND t.ordinal = l.ordinal
        AND t.recording = numbers.recording[l.chunk]
    WHERE l.kind = 1 AND l.is_first AND p.number = t.packet;
    -- A packet whose key has made another, while the key was valid.
    UPDATE packets p SET repeats = k.number
    FROM transfers t, packets k JOIN transfers f ON f.packet = k.number AND f.kind = 1 AND f.ordinal = 0
    WHERE 1 = ANY (lines.kind) AND t.id > last_before AND t.kind = 1 AND t.recording = ANY (recordings_used) AND p.number = t.packet
        AND k.key_hash = p.key_hash AND f.id < t.id AND abs(f.granted_at - t.granted_at) < too_close_ms;
    INSERT INTO recordings (id, recorded_at, published_at, traceparent, followed)
    SELECT c.id, now_ms, c.published, c.trace, c.followed
    FROM unnest(numbers.recording, chunks.published, chunks.trace, chunks.followed) AS c(id, published, trace, followed)
    WHERE c.id = ANY (recordings_used);
    RETURN added;
END $$;

-- A text per line. Null: just inserted, or not to be inserted. Empty: the ledger has the same in every field. Else the difference in words.
CREATE FUNCTION pg_temp.compare(names pg_temp.name_columns, lines pg_temp.line_columns, numbers pg_temp.number_columns)
RETURNS text[] LANGUAGE plpgsql AS $$
BEGIN
    RETURN ARRAY(
        SELECT CASE WHEN t.id IS NOT NULL AND NOT (l.is_first AND t.recording = numbers.recording[l.chunk]) THEN concat_ws('; ',
            CASE WHEN t.debit_account <> numbers.account[l.debit] THEN format('debit account %s in the ledger, %s here',
                (SELECT k.code FROM accounts k WHERE k.id = t.debit_account), names.account_code[l.debit]) END,
            CASE WHEN t.credit_account <> numbers.account[l.credit] THEN format('credit account %s in the ledger, %s here',
                (SELECT k.code FROM accounts k WHERE k.id = t.credit_account), names.account_code[l.credit]) END,
            CASE WHEN t.amount_fen <> l.fen THEN format('%s fen in the ledger, %s here', t.amount_fen, l.fen) END,
            CASE WHEN t.granted_at <> l.at THEN format('granted at %s in the ledger, %s here', t.granted_at, l.at) END,
            CASE WHEN l.kind = 1 AND p.terms IS DISTINCT FROM l.terms THEN 'other terms in the ledger than here' END) END
        FROM unnest(lines.chunk, lines.packet, lines.kind, lines.ordinal, lines.debit, lines.credit, lines.fen, lines.at,
                lines.is_first, lines.terms, lines.fate) WITH ORDINALITY
            AS l(chunk, packet, kind, ordinal, debit, credit, fen, at, is_first, terms, fate, n)
        LEFT JOIN transfers t ON l.fate IS NULL AND t.packet = numbers.packet[l.packet] AND t.kind = l.kind AND t.ordinal = l.ordinal
        LEFT JOIN packets p ON p.number = t.packet
        ORDER BY l.n);
END $$;

-- Finds everything by key: the statistics of tables that grow by the second are always wrong.
CREATE FUNCTION pg_temp.record(
    writer text, turn bigint, committed bigint, now_ms bigint, as_unreadable text, why_unreadable text,
    as_conflict text, why_forgotten text, too_close_ms bigint,
    chunks pg_temp.chunk_columns, names pg_temp.name_columns, lines pg_temp.line_columns, unread pg_temp.line_columns)
RETURNS TABLE (line bigint, outcome text) LANGUAGE plpgsql
SET jit = off SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    due int := cardinality(lines.chunk);
    numbers pg_temp.number_columns;
    added int;
    missing int;
    details text[];
BEGIN
    PERFORM pg_temp.take_turn(writer, turn, committed);
    IF cardinality(unread.chunk) > 0 THEN
        PERFORM pg_temp.park(now_ms, as_unreadable, chunks, names.packet_id, unread,
            array_fill(why_unreadable, ARRAY[cardinality(unread.chunk)]));
    END IF;

    -- Nearly always nothing is resolved, and all chunks are of the present run.
    chunks.lost_run := ARRAY(
        -- The caller gives the lost run of lines that are only parked.
        SELECT coalesce(c.lost_run, CASE WHEN s.run <> coalesce(c.run, '')
                AND NOT coalesce(c.seq > 0 AND s.border_run = c.run AND s.border_seq >= c.seq, false)
            THEN coalesce(c.run, '') END)
        FROM unnest(chunks.shard, chunks.run, chunks.seq, chunks.lost_run) WITH ORDINALITY AS c(shard, run, seq, lost_run, n)
        LEFT JOIN shards s ON s.shard = c.shard ORDER BY c.n);
    IF cardinality(array_remove(chunks.lost_run, NULL)) > 0
        OR EXISTS (SELECT FROM parked k WHERE k.resolved_at IS NOT NULL AND k.payload = ANY (lines.payload)) THEN
        lines := pg_temp.classify(now_ms, as_conflict, why_forgotten, chunks, names.packet_id, lines);
        due := (SELECT count(*) FROM unnest(lines.fate) AS l(fate) WHERE l.fate IS NULL);
    END IF;

    numbers := pg_temp.locate(chunks, names, lines);
    added := pg_temp.add_transfers(now_ms, too_close_ms, chunks, lines, numbers);
    IF added < due THEN
        details := pg_temp.compare(names, lines, numbers);
        missing := due - added - (SELECT count(d.detail) FROM unnest(details) AS d(detail));
        IF missing <> 0 THEN
            RAISE EXCEPTION '% of % lines were not added and are not in the ledger', missing, due;
        END IF;
        IF EXISTS (SELECT FROM unnest(details) AS d(detail) WHERE d.detail <> '') THEN
            PERFORM pg_temp.park(now_ms, as_conflict, chunks, names.packet_id, lines, details);
        END IF;
    END IF;

    -- A parked line that is recorded now is no longer parked. Nearly always there is nothing.
    IF EXISTS (SELECT FROM parked WHERE resolved_at IS NULL) THEN
        DELETE FROM parked k USING unnest(lines.payload, lines.fate, details) AS l(payload, fate, detail)
        WHERE k.payload = l.payload AND k.resolved_at IS NULL AND l.fate IS NULL AND coalesce(l.detail, '') = '';
    END IF;
    PERFORM pg_temp.raise_seq(chunks);
    RETURN QUERY
        SELECT l.n, CASE WHEN l.fate = 'stale' THEN 'stale' WHEN l.fate = 'resolved' OR l.detail = '' THEN 'duplicate' ELSE 'parked' END
        FROM unnest(lines.fate, details) WITH ORDINALITY AS l(fate, detail, n)
        WHERE l.fate IS NOT NULL OR l.detail IS NOT NULL;
END $$;
