using System.Data.Common;
using RedPacket.Hosting;
using RedPacket.Ledger;

namespace RedPacket.Gate;

/// <summary>Tells an outage that a keeper waits for from a mistake of this program.</summary>
internal static class GateOutage
{
    public static bool Is(Exception exception) => RedisOutage.Is(exception) || LedgerOutage.IsOutage(exception)
        || exception is DbException or OutageException or OpeningLostException;
}
