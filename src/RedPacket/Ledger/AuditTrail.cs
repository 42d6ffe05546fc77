using System.Text.Json;
using System.Text.Json.Serialization;

namespace RedPacket.Ledger;

/// <summary>The changes of an action, in a form that a program can count.</summary>
/// <param name="Entries">How many entries, or accounts.</param>
/// <param name="Some">The first of them, by identity.</param>
/// <param name="Gate">For an opening of a gate and the walk after it.</param>
/// <param name="Address">Where the operator's call came from: another process, when that one forwarded it.</param>
/// <param name="Trace">The trace id of the operator's call.</param>
internal sealed record AuditDetail(
    long Entries, IReadOnlyList<string> Some, GateDetail? Gate = null, string? Address = null, string? Trace = null);

/// <summary>
/// One opening of a gate, and the walk after it. Its entries are those that only one side knew: claims restored to
/// Redis, and entries put back for the ledger.
/// </summary>
/// <param name="BeganAt">
/// By Redis's clock: earlier grants are of an earlier run, later grants of the new one. 0 when the process that walked
/// had opened none.
/// </param>
/// <param name="Rebuilt">Packets that lacked something.</param>
/// <param name="Drained">False when the queues could not be seen to be empty: then stale entries may follow.</param>
internal sealed record GateDetail(
    int Shard, long BeganAt, int Packets, int Rebuilt, int Claims, int PutBack, int Forgotten, double Seconds, bool Drained);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(AuditDetail))]
internal sealed partial class AuditJson : JsonSerializerContext;

/// <summary>
/// Writes down every repair, replay, correction and opening before it is made: without its audit it is not made.
/// </summary>
internal sealed class AuditTrail(Journal journal, TimeProvider clock)
{
    public const string Repair = "repair";
    public const string Replay = "replay";
    public const string Totals = "totals";
    public const string Correction = "correction";
    public const string Dismissal = "dismissal";
    public const string Acknowledgement = "acknowledgement";
    public const string Adoption = "adoption";
    public const string GateOpened = "gate_opened";
    public const string ShardsRaised = "shards_raised";
    public const string SubscriberForgotten = "subscriber_forgotten";
    public const string AlertAcknowledged = "alert_acknowledged";
    public const string SettlementPaused = "settlement_paused";
    public const string SettlementResumed = "settlement_resumed";
    private const int Named = 20;
    private static readonly AuditDetail s_nothing = new(0, []);

    /// <summary>Throws <see cref="LedgerUnavailableException"/> when the ledger cannot take it.</summary>
    public Task Write(Actor actor, string action, IReadOnlyCollection<string> entries,
        CancellationToken cancellation) =>
        journal.Execute(transaction => Write(transaction, actor, action, entries), cancellation);

    /// <summary>The same within the caller's transaction.</summary>
    public void Write(LedgerTransaction transaction, Actor actor, string action, IReadOnlyCollection<string> entries) =>
        Write(transaction, actor, action, new AuditDetail(entries.Count, [.. entries.Take(Named)], null, actor.Address, actor.Trace));

    /// <summary>An opening of a gate. <paramref name="some"/>: the first entries that it restored.</summary>
    public Task Write(GateDetail opening, IReadOnlyList<string> some, CancellationToken cancellation)
    {
        var detail = new AuditDetail(opening.Claims + opening.PutBack, [.. some.Take(Named)], opening);
        return journal.Execute(transaction => Write(transaction, Actor.Gate, GateOpened, detail), cancellation);
    }

    private void Write(LedgerTransaction transaction, Actor actor, string action, AuditDetail detail) => transaction.Execute(
        "INSERT INTO audits (at, actor, action, detail) VALUES (@at, @actor, @action, @detail)",
        ("at", clock.GetUtcNow().ToUnixTimeMilliseconds()), ("actor", actor.Name), ("action", action),
        ("detail", JsonSerializer.Serialize(detail, AuditJson.Default.AuditDetail)));

    /// <summary>The detail of an audit.</summary>
    public static AuditDetail Read(string detail)
    {
        try
        {
            return JsonSerializer.Deserialize(detail, AuditJson.Default.AuditDetail) is { Some: not null } read ? read : s_nothing;
        }
        catch (JsonException)
        {
            // The list still shows an audit that was written by hand or by an older version.
            return s_nothing;
        }
    }
}
