using RedPacket.Hosting;

namespace RedPacket.Repairs;

/// <summary>
/// The shards that one action over many entries found to be away or shut. It leaves out their other entries without
/// asking again, so that they delay none of the other shards.
/// </summary>
internal sealed class ShardsAway
{
    /// <summary>Why such an entry was skipped.</summary>
    public const string Reason = "shard_away";

    private readonly HashSet<int> _away = [];

    /// <summary>Why the first of them could not be asked; null while there is none.</summary>
    public Exception? First { get; private set; }

    /// <summary>Asks the shard; false when it is away.</summary>
    public async Task<bool> Ask(int shard, Func<Task> ask)
    {
        if (_away.Contains(shard))
            return false;
        try
        {
            await ask();
            return true;
        }
        catch (Exception exception) when (RedisOutage.Is(exception) || exception is OutageException { Outage: not Outage.Ledger })
        {
            _away.Add(shard);
            First ??= exception;
            return false;
        }
    }
}
