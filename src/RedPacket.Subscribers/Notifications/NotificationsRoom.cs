using RedPacket.Http;
using RedPacket.Messages;
using RedPacket.Subscribers.Following;

namespace RedPacket.Subscribers.Notifications;

/// <summary>
/// An inbox for each user. It keeps facts and no sentences, because its reader's language is not known here.
/// </summary>
internal sealed class NotificationsRoom : SubscriberRoom
{
    public override string Name => "notifications";

    // A notice's number follows from its transfer, so that a store that is made anew has the same numbers. The last transfer
    // of a packet yields two: one for the user who is paid, and one for the sender.
    // A packet's due is what was funded and is neither granted nor returned; null once it was 0.
    public override string Schema => """
        CREATE TABLE notices (
            id BIGINT PRIMARY KEY, user_id TEXT NOT NULL, kind TEXT NOT NULL, packet_id TEXT NOT NULL, amount_fen BIGINT NOT NULL,
            at BIGINT NOT NULL);
        CREATE INDEX notices_of_a_user ON notices (user_id, id);
        CREATE TABLE packets (
            packet_id TEXT PRIMARY KEY, sender TEXT NOT NULL, funded BIGINT NOT NULL, returned BIGINT NOT NULL, due BIGINT,
            last_id BIGINT NOT NULL, last_at BIGINT NOT NULL);
        CREATE INDEX packets_due ON packets (due);
        """;

    public override void Apply(IReadOnlyList<SettledTransfer> transfers, RoomTransaction transaction)
    {
        transaction.Insert("INSERT INTO notices (id, user_id, kind, packet_id, amount_fen, at)",
            from transfer in transfers
            where transfer.Kind != EntryName.Fund
            select (object[])
            [
                2 * transfer.Id, transfer.UserId, NoticeKind.Of(transfer.Kind), transfer.PacketId, transfer.AmountFen,
                transfer.GrantedAt.ToUnixTimeMilliseconds(),
            ]);
        // A payment of the loss account is not the packet's money.
        transaction.Insert("INSERT INTO packets (packet_id, sender, funded, returned, due, last_id, last_at)",
            from transfer in transfers
            where transfer.Kind != EntryName.Adjust
            group transfer by transfer.PacketId into packet
            select PacketRow(packet.Key, [.. packet]),
            """
            ON CONFLICT (packet_id) DO UPDATE SET
                sender = CASE WHEN excluded.sender <> '' THEN excluded.sender ELSE packets.sender END,
                funded = packets.funded + excluded.funded, returned = packets.returned + excluded.returned,
                due = packets.due + excluded.due, last_id = excluded.last_id, last_at = excluded.last_at
            """);
        TellSenders(transaction);
    }

    public override GrabSums Sums(RoomTransaction transaction) => transaction.Sums(
        $"SELECT count(*), CAST(coalesce(sum(amount_fen), 0) AS BIGINT) FROM notices WHERE kind = '{NoticeKind.Won}'");

    public override void Map(IEndpointRouteBuilder app, RoomStore store) =>
        app.MapGet("/api/v1/inbox/{userId}", (HttpContext context, string userId) => Inbox(context, userId, store))
            .RequireAuthorization().DescribeInbox();

    private static object[] PacketRow(string packetId, SettledTransfer[] transfers)
    {
        var (funded, returned) = (Sum(transfers, EntryName.Fund), Sum(transfers, EntryName.Refund));
        return
        [
            packetId, transfers.FirstOrDefault(transfer => transfer.Kind == EntryName.Fund)?.UserId ?? "", funded, returned,
            funded - returned - Sum(transfers, EntryName.Grab), transfers[^1].Id, transfers[^1].GrantedAt.ToUnixTimeMilliseconds(),
        ];
    }

    private static long Sum(SettledTransfer[] transfers, string kind) =>
        transfers.Where(transfer => transfer.Kind == kind).Sum(transfer => transfer.AmountFen);

    // A packet that gave something back tells its sender by the refund.
    private static void TellSenders(RoomTransaction transaction) => transaction.Execute($"""
        INSERT INTO notices (id, user_id, kind, packet_id, amount_fen, at)
            SELECT 2 * last_id + 1, sender, '{NoticeKind.Emptied}', packet_id, funded, last_at FROM packets
            WHERE due = 0 AND returned = 0 AND sender <> '';
        UPDATE packets SET due = NULL WHERE due = 0
        """);

    private static async Task<IResult> Inbox(HttpContext context, string userId, RoomStore store)
    {
        userId = UserId.OfSegment(userId);
        var query = new QueryValues(context.Request.Query);
        var after = query.Number("after", 0, long.MaxValue) ?? 0;
        var limit = query.Limit();
        return (context.RefusalUnlessOwner(userId) ?? query.Refusal) is { } refusal
            ? refusal
            : Results.Json(await store.ReadAside(room => Page(room, userId, after, limit)), NotificationsJson.Readable.InboxPage);
    }

    private static InboxPage Page(RoomTransaction room, string userId, long after, int limit)
    {
        var notices = room.Rows("""
            SELECT notices.id, kind, notices.packet_id, coalesce(sender, ''), amount_fen, at
            FROM notices LEFT JOIN packets ON packets.packet_id = notices.packet_id
            WHERE user_id = @user AND notices.id < @before ORDER BY notices.id DESC LIMIT @limit
            """,
            row => new Notice(
                row.GetInt64(0), row.GetString(1), row.GetString(2), row.GetString(3) is { Length: > 0 } sender ? sender : null,
                row.GetInt64(4), DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(5))),
            ("user", userId), ("before", after == 0 ? long.MaxValue : after), ("limit", (long)limit));
        return new InboxPage(userId, notices, notices.Count == limit ? notices[^1].Id : null);
    }
}
