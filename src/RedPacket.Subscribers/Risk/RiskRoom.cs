using Microsoft.Extensions.Options;
using RedPacket.Http;
using RedPacket.Messages;
using RedPacket.Subscribers.Following;

namespace RedPacket.Subscribers.Risk;

/// <summary>
/// Looks for users who win in unlikely ways. It keeps counts, and compares them with the limits when it is asked. It
/// hinders no grab: people decide what a finding means.
/// </summary>
internal sealed class RiskRoom : SubscriberRoom
{
    private const long Minute = 60_000;
    private const int FindingsShown = 100;

    public override string Name => "risk";

    // Early are shares whose packet has no fund yet, so that its sender is not known.
    public override string Schema => """
        CREATE TABLE user_minutes (
            user_id TEXT NOT NULL, minute BIGINT NOT NULL, wins BIGINT NOT NULL, fen BIGINT NOT NULL, PRIMARY KEY (user_id, minute));
        CREATE INDEX user_minutes_wins ON user_minutes (wins);
        CREATE TABLE packets (packet_id TEXT PRIMARY KEY, sender TEXT NOT NULL);
        CREATE TABLE early (id BIGINT PRIMARY KEY, packet_id TEXT NOT NULL, winner TEXT NOT NULL, at BIGINT NOT NULL);
        CREATE TABLE pairs (
            sender TEXT NOT NULL, winner TEXT NOT NULL, packets BIGINT NOT NULL, first_at BIGINT NOT NULL, last_at BIGINT NOT NULL,
            PRIMARY KEY (sender, winner));
        CREATE INDEX pairs_packets ON pairs (packets);
        """;

    public override void Apply(IReadOnlyList<SettledTransfer> transfers, RoomTransaction transaction)
    {
        SettledTransfer[] grabs = [.. transfers.Where(transfer => transfer.Kind == EntryName.Grab)];
        transaction.Insert("INSERT INTO user_minutes (user_id, minute, wins, fen)",
            from grab in grabs
            group grab.AmountFen by (grab.UserId, Minute: grab.GrantedAt.ToUnixTimeMilliseconds() / Minute) into minute
            select (object[])[minute.Key.UserId, minute.Key.Minute, minute.LongCount(), minute.Sum()],
            """
            ON CONFLICT (user_id, minute) DO UPDATE SET wins = user_minutes.wins + excluded.wins, fen = user_minutes.fen + excluded.fen
            """);
        transaction.Insert("INSERT INTO packets (packet_id, sender)",
            transfers.Where(transfer => transfer.Kind == EntryName.Fund).Select(fund => (object[])[fund.PacketId, fund.UserId]));
        transaction.Insert("INSERT INTO early (id, packet_id, winner, at)",
            grabs.Select(grab => (object[])[grab.Id, grab.PacketId, grab.UserId, grab.GrantedAt.ToUnixTimeMilliseconds()]));
        CountPairs(transaction);
    }

    public override GrabSums Sums(RoomTransaction transaction) => transaction.Sums(
        "SELECT CAST(coalesce(sum(wins), 0) AS BIGINT), CAST(coalesce(sum(fen), 0) AS BIGINT) FROM user_minutes");

    public override void Map(IEndpointRouteBuilder app, RoomStore store) =>
        app.MapGet("/api/v1/risk", async (IOptions<RiskOptions> options) =>
                Results.Json(await store.ReadAside(room => Answer(room, options.Value)), RiskJson.Readable.RiskAnswer))
            .RequireAuthorization(Caller.Operator).DescribeRisk();

    // A sender who takes a share is not suspicious, and a sender may be unknown.
    private static void CountPairs(RoomTransaction transaction) => transaction.Execute("""
        INSERT INTO pairs (sender, winner, packets, first_at, last_at)
            SELECT sender, winner, count(*), min(at), max(at)
            FROM early JOIN packets ON packets.packet_id = early.packet_id
            WHERE sender <> winner AND sender <> '' GROUP BY sender, winner
            ON CONFLICT (sender, winner) DO UPDATE SET
                packets = pairs.packets + excluded.packets,
                first_at = CASE WHEN excluded.first_at < pairs.first_at THEN excluded.first_at ELSE pairs.first_at END,
                last_at = CASE WHEN excluded.last_at > pairs.last_at THEN excluded.last_at ELSE pairs.last_at END;
        DELETE FROM early WHERE packet_id IN (SELECT packet_id FROM packets)
        """);

    private static RiskAnswer Answer(RoomTransaction room, RiskOptions limits) => new(
        room.Number("SELECT position FROM progress"),
        new RiskLimits(limits.RiskWinsPerMinute, limits.RiskPacketsOfASender, limits.RiskRingPackets),
        [.. Fast(room, limits), .. Favourites(room, limits), .. Rings(room, limits)]);

    private static List<Finding> Fast(RoomTransaction room, RiskOptions limits) => room.Rows("""
        SELECT user_id, max(wins), min(minute), max(minute) FROM user_minutes WHERE wins > @limit
        GROUP BY user_id ORDER BY 2 DESC, user_id LIMIT @shown
        """,
        row => new Finding(Finding.ManyWinsInAMinute, [row.GetString(0)], row.GetInt64(1), Time(row.GetInt64(2) * Minute),
            Time(row.GetInt64(3) * Minute)),
        ("limit", limits.RiskWinsPerMinute), ("shown", FindingsShown));

    private static List<Finding> Favourites(RoomTransaction room, RiskOptions limits) => room.Rows("""
        SELECT winner, sender, packets, first_at, last_at FROM pairs WHERE packets > @limit
        ORDER BY packets DESC, winner, sender LIMIT @shown
        """,
        row => new Finding(Finding.ManyPacketsOfASender, [row.GetString(0), row.GetString(1)], row.GetInt64(2), Time(row.GetInt64(3)),
            Time(row.GetInt64(4))),
        ("limit", limits.RiskPacketsOfASender), ("shown", FindingsShown));

    private static List<Finding> Rings(RoomTransaction room, RiskOptions limits) => room.Rows("""
        SELECT one.sender, one.winner, one.packets + other.packets,
            CASE WHEN one.first_at < other.first_at THEN one.first_at ELSE other.first_at END,
            CASE WHEN one.last_at > other.last_at THEN one.last_at ELSE other.last_at END
        FROM pairs one JOIN pairs other ON other.sender = one.winner AND other.winner = one.sender
        WHERE one.sender < one.winner AND one.packets > @limit AND other.packets > @limit
        ORDER BY 3 DESC, one.sender, one.winner LIMIT @shown
        """,
        row => new Finding(Finding.Ring, [row.GetString(0), row.GetString(1)], row.GetInt64(2), Time(row.GetInt64(3)),
            Time(row.GetInt64(4))),
        ("limit", limits.RiskRingPackets), ("shown", FindingsShown));

    private static DateTimeOffset Time(long milliseconds) => DateTimeOffset.FromUnixTimeMilliseconds(milliseconds);
}
