using RedPacket.Hosting;
using RedPacket.Comparison;
using RedPacket.Ledger;
using RedPacket.Packets;

namespace RedPacket.Http;

/// <summary>An outage on either side as the HTTP contract has it.</summary>
internal static class Outages
{
    public static async Task<IResult> Answered(Func<Task<IResult>> work)
    {
        try
        {
            return await work();
        }
        catch (StoreRefusedException exception)
        {
            return exception.ToProblem();
        }
        catch (Exception exception) when (RedisOutage.Is(exception))
        {
            return new StoreRefusedException(StoreRefusal.Unavailable, exception.Message, exception).ToProblem();
        }
        catch (Exception exception) when (LedgerOutage.IsRefusal(exception))
        {
            return new Problem(409, "totals_refused", "The rows of an account break a rule of the ledger, so its totals were left as they are. Look at the report's differences first.");
        }
        catch (Exception exception) when (LedgerOutage.IsUnread(exception))
        {
            return new Problem(503, "ledger_unavailable", "The ledger cannot be read or written now. Ask again.", TimeSpan.FromSeconds(1));
        }
    }
}
