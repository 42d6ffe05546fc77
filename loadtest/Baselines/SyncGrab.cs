using Microsoft.Extensions.Logging;

namespace RedPacket.LoadTest.Baselines;

/// <summary>(a) The request commits to the ledger, and the user waits for it. A row that cannot be written gives the share back, and the user gets a 500.</summary>
internal sealed partial class SyncGrab(NaiveStore store, BaselineLedger ledger, ILogger<SyncGrab> logger) : BaselineGrab(store)
{
    private readonly ILogger _logger = logger;

    protected override async Task<bool> Book(string packetId, string userId, NaiveGrant share)
    {
        try
        {
            await ledger.Add(new BaselineTransfer { PacketId = packetId, UserId = userId, Ordinal = share.Ordinal, AmountFen = share.Fen, GrabbedAt = share.At });
            return true;
        }
        catch (Exception exception)
        {
            NotBooked(exception, packetId, share.Ordinal);
            await Store.GiveBack(packetId, userId, share);
            return false;
        }
    }

    [LoggerMessage(9101, LogLevel.Error, "Share {Ordinal} of packet {PacketId} could not be booked; it was given back")]
    private partial void NotBooked(Exception exception, string packetId, int ordinal);
}
