using RedPacket.Messages;

namespace RedPacket.Subscribers.Following;

/// <summary>What a room has counted itself, for the comparison with the ledger.</summary>
/// <param name="Grabs">Transfers of kind grab.</param>
/// <param name="GrantedFen">Their sum.</param>
internal sealed record GrabSums(long Grabs, long GrantedFen);

/// <summary>
/// A subscriber: what it makes of the ledger's transfers. It keeps nothing in memory. Its tables are in a store that no
/// other room has, and <see cref="RoomStore"/> calls it once for each transfer.
/// </summary>
internal abstract class SubscriberRoom
{
    /// <summary>Of the file, the schema, the queue and the row in the report: a-z, 0-9 and '-', at most 40.</summary>
    public abstract string Name { get; }

    /// <summary>Its tables, in words that SQLite and PostgreSQL share. Another text is another version of the store.</summary>
    public abstract string Schema { get; }

    /// <summary>
    /// Writes the effect of new transfers, in the ledger's order. The position is written in the same transaction. A
    /// grab may come before the fund of its packet.
    /// </summary>
    public abstract void Apply(IReadOnlyList<SettledTransfer> transfers, RoomTransaction transaction);

    /// <summary>Added up from the room's own tables, so that a lost or doubled effect is seen.</summary>
    public abstract GrabSums Sums(RoomTransaction transaction);

    /// <summary>The calls by which others read the room.</summary>
    public virtual void Map(IEndpointRouteBuilder app, RoomStore store)
    {
    }
}
