using System.Data.Common;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace RedPacket.Ledger;

/// <summary>What was done, in a form that a program can count.</summary>
/// <param name="Entries">How many entries, or accounts.</param>
/// <param name="Some">The first of them, by identity.</param>
/// <param name="Gate">For an opening of a gate.</param>
internal sealed record AuditDetail(long Entries, IReadOnlyList<string> Some, GateDetail? Gate = null);

/// <summary>One opening of a gate. Its entries are what only one side knew: claims written back into Redis, entries put back for the ledger.</summary>
/// <param name="BeganAt">By Redis's clock: whatever was granted earlier was granted in an earlier run, whatever later in the new one.</param>
/// <param name="Mended">Packets that lacked something.</param>
/// <param name="Drained">False when the queues could not be seen to be empty: then stragglers may follow.</param>
internal sealed record GateDetail(int Shard, long BeganAt, int Packets, int Mended, int Claims, int PutBack, int Forgotten, double Seconds, bool Drained);

/// <summary>Writes down who has put what right, before it is done: what is not written down is not done.</summary>
internal sealed class AuditTrail(Journal journal, TimeProvider clock)
{
    public const string Repair = "repair";
    public const string Replay = "replay";
    public const string Totals = "totals";
    public const string Correction = "correction";
    public const string GateOpened = "gate_opened";
    private const int Named = 20;
    private static readonly AuditDetail s_nothing = new(0, []);

    /// <summary>Throws <see cref="LedgerUnavailableException"/> when the ledger cannot take it.</summary>
    public Task Write(string actor, string action, IReadOnlyCollection<string> entries, CancellationToken cancellation) =>
        journal.Run((connection, transaction) => Insert(connection, transaction, actor, action, entries), cancellation);

    /// <summary>The same within a transaction of the caller's.</summary>
    public void Insert(DbConnection connection, DbTransaction transaction, string actor, string action, IReadOnlyCollection<string> entries)
    {
        Insert(connection, transaction, actor, action, new AuditDetail(entries.Count, [.. entries.Take(Named)]));
    }

    /// <summary>An opening of a gate. <paramref name="some"/>: what was mended first.</summary>
    public Task Write(GateDetail opening, IReadOnlyList<string> some, CancellationToken cancellation) => journal.Run((connection, transaction) =>
        Insert(connection, transaction, "gate", GateOpened, new AuditDetail(opening.Claims + opening.PutBack, [.. some.Take(Named)], opening)), cancellation);

    private void Insert(DbConnection connection, DbTransaction transaction, string actor, string action, AuditDetail what)
    {
        var detail = JsonSerializer.Serialize(what, AuditJson.Default.AuditDetail);
        Sql.Execute(connection, transaction, "INSERT INTO audits (at, actor, action, detail) VALUES (@at, @actor, @action, @detail)",
            ("at", clock.GetUtcNow().ToUnixTimeMilliseconds()), ("actor", actor), ("action", action), ("detail", detail));
    }

    /// <summary>What an audit speaks of.</summary>
    public static AuditDetail Read(string detail)
    {
        try
        {
            return JsonSerializer.Deserialize(detail, AuditJson.Default.AuditDetail) is { Some: not null } read ? read : s_nothing;
        }
        catch (JsonException)
        {
            // An audit written by hand, or by an older version, still stands in the list.
            return s_nothing;
        }
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(AuditDetail))]
internal sealed partial class AuditJson : JsonSerializerContext;
