using RedPacket.Http;
using RedPacket.Messages;
using RedPacket.Subscribers.Following;

namespace RedPacket.Subscribers.Statistics;

/// <summary>
/// Shares and fen of each minute, how far shares are from the mean of their packet, the luckiest of each hour, and the
/// top senders.
/// </summary>
internal sealed class StatisticsRoom : SubscriberRoom
{
    /// <summary>Bars of the histogram are a tenth of the mean wide. The last one has everything beyond it.</summary>
    private const int LastBar = 30;

    private const int MinutesShown = 60;
    private const int HoursShown = 24;
    private const int SendersShown = 10;
    private const long Minute = 60_000;
    private const long Hour = 60 * Minute;

    public override string Name => "statistics";

    // Shares and packets leave their tables when the packet has nothing more to give.
    public override string Schema => """
        CREATE TABLE minutes (minute BIGINT PRIMARY KEY, shares BIGINT NOT NULL, fen BIGINT NOT NULL);
        CREATE TABLE hours (
            hour BIGINT PRIMARY KEY, user_id TEXT NOT NULL, amount_fen BIGINT NOT NULL, packet_id TEXT NOT NULL);
        CREATE TABLE senders (user_id TEXT PRIMARY KEY, packets BIGINT NOT NULL, fen BIGINT NOT NULL);
        CREATE INDEX senders_fen ON senders (fen);
        CREATE TABLE packets (
            packet_id TEXT PRIMARY KEY, due BIGINT NOT NULL, shares BIGINT NOT NULL, granted BIGINT NOT NULL);
        CREATE INDEX packets_due ON packets (due);
        CREATE TABLE shares (id BIGINT PRIMARY KEY, packet_id TEXT NOT NULL, fen BIGINT NOT NULL);
        CREATE INDEX shares_of_a_packet ON shares (packet_id);
        CREATE TABLE histogram (bar BIGINT PRIMARY KEY, shares BIGINT NOT NULL);
        """;

    public override void Apply(IReadOnlyList<SettledTransfer> transfers, RoomTransaction transaction)
    {
        SettledTransfer[] grabs = [.. transfers.Where(transfer => transfer.Kind == EntryName.Grab)];
        CountMinutes(grabs, transaction);
        CountHours(grabs, transaction);
        CountSenders(transfers, transaction);
        CountPackets(transfers, transaction);
        transaction.Insert("INSERT INTO shares (id, packet_id, fen)",
            grabs.Select(grab => (object[])[grab.Id, grab.PacketId, grab.AmountFen]));
        CountWholePackets(transaction);
    }

    public override GrabSums Sums(RoomTransaction transaction) => transaction.Sums(
        "SELECT CAST(coalesce(sum(shares), 0) AS BIGINT), CAST(coalesce(sum(fen), 0) AS BIGINT) FROM minutes");

    public override void Map(IEndpointRouteBuilder app, RoomStore store) =>
        app.MapGet("/api/v1/statistics", async () => Results.Json(await store.ReadAside(Answer), StatisticsJson.Readable.StatisticsAnswer))
            .RequireAuthorization(Caller.Operator).DescribeStatistics();

    private static void CountMinutes(SettledTransfer[] grabs, RoomTransaction transaction) => transaction.Insert(
        "INSERT INTO minutes (minute, shares, fen)",
        from grab in grabs
        group grab.AmountFen by grab.GrantedAt.ToUnixTimeMilliseconds() / Minute into minute
        select (object[])[minute.Key, minute.LongCount(), minute.Sum()],
        "ON CONFLICT (minute) DO UPDATE SET shares = minutes.shares + excluded.shares, fen = minutes.fen + excluded.fen");

    // Of equals the first one stays.
    private static void CountHours(SettledTransfer[] grabs, RoomTransaction transaction) => transaction.Insert(
        "INSERT INTO hours (hour, user_id, amount_fen, packet_id)",
        from grab in grabs
        group grab by grab.GrantedAt.ToUnixTimeMilliseconds() / Hour into hour
        let luckiest = hour.MaxBy(grab => grab.AmountFen)!
        select (object[])[hour.Key, luckiest.UserId, luckiest.AmountFen, luckiest.PacketId],
        """
        ON CONFLICT (hour) DO UPDATE SET
            user_id = excluded.user_id, amount_fen = excluded.amount_fen, packet_id = excluded.packet_id
            WHERE excluded.amount_fen > hours.amount_fen
        """);

    private static void CountSenders(IReadOnlyList<SettledTransfer> transfers, RoomTransaction transaction) => transaction.Insert(
        "INSERT INTO senders (user_id, packets, fen)",
        from fund in transfers
        where fund.Kind == EntryName.Fund && fund.UserId.Length > 0
        group fund.AmountFen by fund.UserId into sender
        select (object[])[sender.Key, sender.LongCount(), sender.Sum()],
        "ON CONFLICT (user_id) DO UPDATE SET packets = senders.packets + excluded.packets, fen = senders.fen + excluded.fen");

    // A payment of the loss account is not the packet's money.
    private static void CountPackets(IReadOnlyList<SettledTransfer> transfers, RoomTransaction transaction) => transaction.Insert(
        "INSERT INTO packets (packet_id, due, shares, granted)",
        from transfer in transfers
        where transfer.Kind != EntryName.Adjust
        group transfer by transfer.PacketId into packet
        let grabs = packet.Where(transfer => transfer.Kind == EntryName.Grab).ToArray()
        let due = packet.Sum(transfer => transfer.Kind == EntryName.Fund ? transfer.AmountFen : -transfer.AmountFen)
        select (object[])[packet.Key, due, grabs.LongLength, grabs.Sum(grab => grab.AmountFen)],
        """
        ON CONFLICT (packet_id) DO UPDATE SET
            due = packets.due + excluded.due, shares = packets.shares + excluded.shares, granted = packets.granted + excluded.granted
        """);

    // The mean of a packet is known when all of its money is granted or returned.
    private static void CountWholePackets(RoomTransaction transaction) => transaction.Execute($"""
        INSERT INTO histogram (bar, shares)
            SELECT CASE WHEN bar < {LastBar} THEN bar ELSE {LastBar} END, count(*)
            FROM (
                SELECT fen * 10 * packets.shares / granted AS bar
                FROM shares JOIN packets ON packets.packet_id = shares.packet_id WHERE due = 0) bars
            WHERE true GROUP BY 1
            ON CONFLICT (bar) DO UPDATE SET shares = histogram.shares + excluded.shares;
        DELETE FROM shares WHERE packet_id IN (SELECT packet_id FROM packets WHERE due = 0);
        DELETE FROM packets WHERE due = 0
        """);

    private StatisticsAnswer Answer(RoomTransaction room)
    {
        var (shares, fen) = Sums(room);
        return new StatisticsAnswer(room.Number("SELECT position FROM progress"), shares, fen,
            room.Rows("SELECT minute, shares, fen FROM minutes ORDER BY minute DESC LIMIT @limit",
                row => new MinuteLine(Time(row.GetInt64(0) * Minute), row.GetInt64(1), row.GetInt64(2)), ("limit", MinutesShown)),
            room.Rows("SELECT bar, shares FROM histogram ORDER BY bar", row => Bar(row.GetInt64(0), row.GetInt64(1))),
            room.Rows("SELECT hour, user_id, amount_fen, packet_id FROM hours ORDER BY hour DESC LIMIT @limit",
                row => new LuckiestLine(Time(row.GetInt64(0) * Hour), row.GetString(1), row.GetInt64(2), row.GetString(3)),
                ("limit", HoursShown)),
            room.Rows("SELECT user_id, packets, fen FROM senders ORDER BY fen DESC, user_id LIMIT @limit",
                row => new SenderLine(row.GetString(0), row.GetInt64(1), row.GetInt64(2)), ("limit", SendersShown)));
    }

    private static HistogramBar Bar(long bar, long shares) => new(bar * 10, bar < LastBar ? (bar + 1) * 10 : null, shares);

    private static DateTimeOffset Time(long milliseconds) => DateTimeOffset.FromUnixTimeMilliseconds(milliseconds);
}
