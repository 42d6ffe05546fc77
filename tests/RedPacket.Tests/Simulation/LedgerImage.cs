using Microsoft.Data.Sqlite;
using RedPacket.Ledger;
using RedPacket.Messages;

namespace RedPacket.Tests.Simulation;

/// <summary>A transfer with its accounts' names.</summary>
internal sealed record LedgerRow(
    string PacketId, EntryKind Kind, int Ordinal, string Debit, string Credit, long Fen, long At, string? Terms)
{
    /// <summary>The user whom it credits; empty for a fund.</summary>
    public string UserId => Credit.StartsWith("wallet:", StringComparison.Ordinal) ? Credit["wallet:".Length..] : "";

    /// <summary>True when it equals the entry, field for field.</summary>
    public bool Is(Entry entry) =>
        PacketId == entry.PacketId && Kind == entry.Kind && Ordinal == entry.Ordinal && Fen == entry.AmountFen && At == entry.AtMs
        && (entry.Kind == EntryKind.Fund
            ? Credit == $"packet:{PacketId}" && Terms == entry.Terms
            : Debit == $"packet:{PacketId}" && UserId == entry.UserId);
}

internal sealed record AccountRow(string Code, AccountKind Kind, long Debits, long Credits);

/// <param name="IsOpen">False once it was resolved otherwise than by recording it.</param>
internal sealed record ParkedRow(
    long Id, int Shard, string PacketId, EntryKind Kind, int Ordinal, string Payload, string Reason, bool IsOpen);

/// <summary>The ledger at one moment, read without any code of the service.</summary>
/// <param name="Runs">By shard: the run whose grants it records.</param>
/// <param name="Repeated">Packets whose Idempotency-Key had made another.</param>
internal sealed record LedgerImage(
    IReadOnlyList<LedgerRow> Rows, IReadOnlyList<AccountRow> Accounts, IReadOnlyList<ParkedRow> Parked, IReadOnlySet<string> Archived,
    IReadOnlyDictionary<int, string> Runs, IReadOnlySet<string> Repeated)
{
    public static readonly LedgerImage Empty = new([], [], [], new HashSet<string>(), new Dictionary<int, string>(), new HashSet<string>());

    private readonly Dictionary<(string, EntryKind, int), LedgerRow> _byIdentity =
        Rows.ToDictionary(row => (row.PacketId, row.Kind, row.Ordinal));
    private readonly HashSet<string> _payloads = Parked.Select(row => row.Payload).ToHashSet(StringComparer.Ordinal);

    /// <summary>Of the image of one shard: the run whose grants are recorded.</summary>
    public string? Run { get; private init; }

    /// <summary>The part of one shard, without the accounts.</summary>
    public LedgerImage Of(int shard) => new(
        [.. Rows.Where(row => IsOf(row.PacketId, shard))], [], [.. Parked.Where(row => row.Shard == shard)],
        Archived.Where(id => IsOf(id, shard)).ToHashSet(StringComparer.Ordinal), Runs,
        Repeated.Where(id => IsOf(id, shard)).ToHashSet(StringComparer.Ordinal))
    {
        Run = Runs.GetValueOrDefault(shard),
    };

    /// <summary>The row at an entry's identity.</summary>
    public LedgerRow? At(Entry entry) => _byIdentity.GetValueOrDefault((entry.PacketId, entry.Kind, entry.Ordinal));

    public bool IsFunded(string packetId) => Rows.Any(row => row.PacketId == packetId && row.Kind == EntryKind.Fund);

    public bool Has(Entry entry) => At(entry)?.Is(entry) == true;

    /// <summary>True when another entry has its identity.</summary>
    public bool HasAnother(Entry entry) => At(entry)?.Is(entry) == false;

    public bool Has(string line) => Entry.TryParse(line, out var entry) && Has(entry!);

    public bool HasParked(string line) => _payloads.Contains(line);

    /// <summary>True for an entry that waits there, or that was resolved otherwise than by recording it.</summary>
    public bool HasParked(Entry entry) => HasParked(entry.ToString());

    public static LedgerImage Read(SqliteConnection connection, SqliteTransaction? transaction)
    {
        var rows = All(connection, transaction, """
            SELECT p.packet_id, t.kind, t.ordinal, d.code, c.code, t.amount_fen, t.granted_at, p.terms
            FROM transfers t JOIN packets p ON p.number = t.packet
            JOIN accounts d ON d.id = t.debit_account JOIN accounts c ON c.id = t.credit_account
            ORDER BY t.id
            """, row => new LedgerRow(
                row.GetString(0), (EntryKind)row.GetInt32(1), row.GetInt32(2), row.GetString(3), row.GetString(4), row.GetInt64(5),
                row.GetInt64(6), row.IsDBNull(7) ? null : row.GetString(7)));
        var accounts = All(connection, transaction, "SELECT code, kind, debits, credits FROM accounts",
            row => new AccountRow(row.GetString(0), (AccountKind)row.GetInt32(1), row.GetInt64(2), row.GetInt64(3)));
        var parked = All(
            connection, transaction, "SELECT id, shard, packet_id, kind, ordinal, payload, reason, resolved_at FROM parked ORDER BY id",
            row => new ParkedRow(
                row.GetInt64(0), row.GetInt32(1), row.GetString(2), (EntryKind)row.GetInt32(3), row.GetInt32(4), row.GetString(5),
                row.GetString(6), row.IsDBNull(7)));
        var archived = All(connection, transaction, "SELECT packet_id FROM packets WHERE archived_at IS NOT NULL", row => row.GetString(0));
        var repeated = All(connection, transaction, "SELECT packet_id FROM packets WHERE repeats IS NOT NULL", row => row.GetString(0));
        var runs = All(connection, transaction, "SELECT shard, run FROM shards WHERE run IS NOT NULL",
            row => (Shard: row.GetInt32(0), Run: row.GetString(1)));
        return new LedgerImage(
            rows, accounts, parked, archived.ToHashSet(StringComparer.Ordinal), runs.ToDictionary(each => each.Shard, each => each.Run),
            repeated.ToHashSet(StringComparer.Ordinal));
    }

    private static bool IsOf(string packetId, int shard) => packetId.StartsWith($"{shard}-", StringComparison.Ordinal);

    private static List<T> All<T>(SqliteConnection connection, SqliteTransaction? transaction, string sql,
        Func<SqliteDataReader, T> read)
    {
        using var command = connection.CreateCommand();
        command.Transaction = transaction;
        command.CommandText = sql;
        using var reader = command.ExecuteReader();
        List<T> all = [];
        while (reader.Read())
            all.Add(read(reader));
        return all;
    }
}
