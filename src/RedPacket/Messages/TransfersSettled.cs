using System.Text.Json.Serialization;
using MassTransit;

namespace RedPacket.Messages;

/// <summary>
/// The ledger has recorded these transfers. They are all of its transfers from one id to another, in its order. Only the
/// announcer publishes it, any number of times, to a fan-out exchange: a subscriber binds its own queue.
/// </summary>
[EntityName(Exchange)]
public sealed record TransfersSettled
{
    /// <summary>The exchange. Its number is the version of the message.</summary>
    public const string Exchange = "settled.v1";

    /// <summary>The number of the ledger: 0, because there is one.</summary>
    public required int Ledger { get; init; }

    /// <summary>The id of the first transfer.</summary>
    public required long From { get; init; }

    /// <summary>The id of the last one.</summary>
    public required long To { get; init; }

    /// <summary>As many as there are ids. Ids have no gaps (PROTOCOL 6.2).</summary>
    public required IReadOnlyList<SettledTransfer> Transfers { get; init; }
}

/// <summary>One transfer, as others follow the ledger by.</summary>
/// <param name="Kind">fund, grab, refund or adjust.</param>
/// <param name="Ordinal">Of a grab; null for all others.</param>
/// <param name="UserId">Who sent the packet, or who is paid. Empty while a packet's fund has no terms.</param>
/// <param name="Traceparent">The W3C trace context of the request, of a share that is followed. Left out of all others.</param>
public sealed record SettledTransfer(
    long Id, string Kind, string PacketId, long? Ordinal, string UserId, long AmountFen, DateTimeOffset GrantedAt,
    DateTimeOffset? SettledAt, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Traceparent = null);
