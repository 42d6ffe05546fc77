using Microsoft.Extensions.Logging;

namespace RedPacket.LoadTest.Baselines;

/// <summary>
/// Baseline (a): the request commits to the ledger before it answers. When that fails, it returns the share and the
/// user gets a 500.
/// </summary>
internal sealed partial class SyncGrab(NaiveStore store, BaselineLedger ledger,
    ILogger<SyncGrab> logger) : BaselineGrab(store)
{
    private readonly ILogger _logger = logger;

    protected override async Task<bool> Record(string packetId, string userId, NaiveGrant share)
    {
        try
        {
            await ledger.Add(new BaselineTransfer
            {
                PacketId = packetId,
                UserId = userId,
                Ordinal = share.Ordinal,
                AmountFen = share.Fen,
                GrabbedAt = share.At,
            });
            return true;
        }
        catch (Exception exception)
        {
            RecordingFailed(exception, packetId, share.Ordinal);
            await Store.Return(packetId, userId, share);
            return false;
        }
    }

    [LoggerMessage(9101, LogLevel.Error, "Recording share {Ordinal} of packet {PacketId} failed, the share was returned")]
    private partial void RecordingFailed(Exception exception, string packetId, int ordinal);
}
