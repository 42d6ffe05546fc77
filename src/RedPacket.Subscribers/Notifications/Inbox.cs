using System.Text.Json.Serialization;
using Microsoft.OpenApi;
using RedPacket.Http;
using RedPacket.Messages;

namespace RedPacket.Subscribers.Notifications;

/// <summary>One fact for one user.</summary>
/// <param name="Kind">won, refunded, paid or emptied.</param>
/// <param name="SenderId">Who sent the packet; null while the ledger has no fund of it.</param>
/// <param name="AmountFen">What the user got; of an emptied packet, what it held.</param>
internal sealed record Notice(long Id, string Kind, string PacketId, string? SenderId, long AmountFen, DateTimeOffset At);

/// <summary>A page of an inbox, newest first.</summary>
/// <param name="Next">What to pass as <c>after</c>; null at the end.</param>
internal sealed record InboxPage(string UserId, IReadOnlyList<Notice> Notices, long? Next);

/// <summary>The words for notices.</summary>
internal static class NoticeKind
{
    /// <summary>The user took a share.</summary>
    public const string Won = "won";

    /// <summary>The rest of a packet went back to its sender.</summary>
    public const string Refunded = "refunded";

    /// <summary>A share that had been lost was paid.</summary>
    public const string Paid = "paid";

    /// <summary>All shares of the user's packet are taken.</summary>
    public const string Emptied = "emptied";

    public static string Of(string transferKind) => transferKind switch
    {
        EntryName.Grab => Won,
        EntryName.Refund => Refunded,
        EntryName.Adjust => Paid,
        _ => throw new InvalidOperationException($"A transfer of kind {transferKind} is no notice."),
    };
}

internal static class InboxOpenApi
{
    public static void DescribeInbox(this RouteHandlerBuilder call) => call
        .WithSummary("What happened to a user's money, newest first: your own, or any for an operator.")
        .WithInput("after", "query", JsonSchemaType.Integer, "The page begins after this id: next of the page before.")
        .WithInput("limit", "query", JsonSchemaType.Integer, "The length of the page: 1 to 100; 100 by default.")
        .WithAnswer(200, $$"""
            {"userId":"bob","notices":[{"id":14,"kind":"won","packetId":"{{OpenApiMetadata.ExamplePacketId}}","senderId":"alice",
            "amountFen":181,"at":"2026-02-17T00:00:02.000Z"},{"id":9,"kind":"emptied","packetId":"0-019b0c6e4a507c6d9f1a2b3c4d5e6f71",
            "senderId":null,"amountFen":1000,"at":"2026-02-17T00:00:01.000Z"}],"next":9}
            """, name: "usual",
            description: "kind is won, refunded, paid or emptied. senderId is null while the ledger has no fund of the packet.")
        .WithAnswer(200, """{"userId":"bob","notices":[],"next":null}""", name: "empty")
        .WithProblems("page_invalid", "query_unknown", "forbidden", "room_unavailable");
}

[JsonSerializable(typeof(InboxPage))]
internal sealed partial class NotificationsJson : JsonSerializerContext
{
    public static readonly NotificationsJson Readable = new(ReadableJson.Options());
}
