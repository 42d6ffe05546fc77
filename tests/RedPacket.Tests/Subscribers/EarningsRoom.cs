using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using RedPacket.Http;
using RedPacket.Messages;
using RedPacket.Subscribers.Following;

namespace RedPacket.Tests.Subscribers;

/// <summary>What each user has won: the example of src/RedPacket.Subscribers/README.md.</summary>
internal sealed class EarningsRoom : SubscriberRoom
{
    public override string Name => "earnings";

    public override string Schema => """
        CREATE TABLE earnings (user_id TEXT PRIMARY KEY, shares BIGINT NOT NULL, fen BIGINT NOT NULL)
        """;

    public override void Apply(IReadOnlyList<SettledTransfer> transfers, RoomTransaction transaction)
    {
        foreach (var grab in transfers.Where(transfer => transfer.Kind == EntryName.Grab))
            transaction.Execute(
                """
                INSERT INTO earnings (user_id, shares, fen) VALUES (@user, 1, @fen)
                ON CONFLICT (user_id) DO UPDATE SET shares = earnings.shares + 1, fen = earnings.fen + excluded.fen
                """,
                ("user", grab.UserId), ("fen", grab.AmountFen));
    }

    public override GrabSums Sums(RoomTransaction transaction) => transaction.Sums(
        "SELECT CAST(coalesce(sum(shares), 0) AS BIGINT), CAST(coalesce(sum(fen), 0) AS BIGINT) FROM earnings");

    public override void Map(IEndpointRouteBuilder app, RoomStore store) =>
        app.MapGet("/api/v1/earnings", () => Results.Json(store.Read(Richest))).RequireAuthorization(Caller.Operator);

    private static List<Earnings> Richest(RoomTransaction transaction) => transaction.Rows(
        "SELECT user_id, fen FROM earnings ORDER BY fen DESC LIMIT 10", row => new Earnings(row.GetString(0), row.GetInt64(1)));

    private sealed record Earnings(string UserId, long Fen);
}
