using RedPacket.Http;
using StackExchange.Redis;

namespace RedPacket.Packets;

/// <summary>
/// Why a call could not be answered now. Expected, and mapped to 503 with Retry-After; nothing is known to have happened.
/// </summary>
internal enum StoreRefusal
{
    /// <summary>
    /// Redis is away, or cannot write, or has not answered in time (then the outcome is unknown: asking again resolves it).
    /// </summary>
    Unavailable,

    /// <summary>The shard's gate is closed: its packets are being compared with the ledger.</summary>
    GateClosed,
}

/// <summary>Thrown by the store for a <see cref="StoreRefusal"/>.</summary>
internal sealed class StoreRefusedException(StoreRefusal refusal, string message, Exception? inner = null) : Exception(message, inner)
{
    public StoreRefusal Refusal => refusal;

    /// <summary>The refusal as the HTTP contract has it.</summary>
    public Problem ToProblem() => refusal == StoreRefusal.GateClosed
        ? new Problem(503, "gate_closed", "The packets are being compared with the ledger. Ask again in a few seconds.", TimeSpan.FromSeconds(5))
        : new Problem(503, "store_unavailable", "The store cannot be reached or cannot write. Ask again: a share that was granted stays granted.", TimeSpan.FromSeconds(1));
}

/// <summary>
/// Makes the store durable before an answer leaves. Only the embedded store registers one: its acknowledgement does not mean that it has
/// written, while Redis with <c>appendfsync always</c> has written when it answers.
/// </summary>
/// <param name="Commit">Returns when everything acknowledged so far is on disk.</param>
internal sealed record StoreCommit(Func<ValueTask> Commit);

/// <summary>Calls the scripts that move money.</summary>
internal sealed class ScriptRunner(IConnectionMultiplexer redis, ShardGate gate, StoreCommit? commit = null)
{
    /// <summary>For reads, and for writes that move no money.</summary>
    public IDatabase Database { get; } = redis.GetDatabase();

    /// <summary>
    /// Executes a script of the shard's open run, by hash. Throws <see cref="StoreRefusedException"/> when it was not executed, or when
    /// nobody knows. It takes no cancellation: a script that was sent may be executed, so its answer is worth waiting for.
    /// </summary>
    public async Task<RedisResult> Run(MoneyScript script, int shard, RedisKey[] keys, RedisValue[] values)
    {
        try
        {
            var run = await gate.Current(shard) ?? throw Shut(shard);
            var answer = await Call(script, shard, run, keys, values);
            if (commit is not null)
                await commit.Commit();
            return answer;
        }
        catch (Exception exception) when (exception is RedisException or TimeoutException or IOException)
        {
            throw new StoreRefusedException(StoreRefusal.Unavailable, $"Redis did not answer {script.Name} of shard {shard}: {exception.Message}", exception);
        }
    }

    private async Task<RedisResult> Call(MoneyScript script, int shard, ShardRun run, RedisKey[] keys, RedisValue[] values)
    {
        RedisResult answer;
        try
        {
            answer = await Database.ScriptEvaluateAsync(run.HashOf(script), keys, values);
        }
        catch (RedisServerException exception) when (exception.Kind == RedisErrorKind.NoScript)
        {
            gate.Refused(shard, run);
            throw Shut(shard);
        }

        if (!IsShut(answer))
            return answer;
        gate.Refused(shard, run);
        throw Shut(shard);
    }

    private static bool IsShut(RedisResult answer) => answer.Resp2Type == ResultType.Array
        ? answer.Length == 1 && (string?)answer[0] == MoneyScript.Shut
        : (string?)answer == MoneyScript.Shut;

    private static StoreRefusedException Shut(int shard) => new(StoreRefusal.GateClosed, $"The gate of shard {shard} is shut.");
}
