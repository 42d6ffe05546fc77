using RedPacket.Hosting;
using StackExchange.Redis;

namespace RedPacket.Packets;

/// <summary>
/// Makes the store durable before an answer leaves. Only the embedded store registers one: its acknowledgement does not mean that it has
/// written, while Redis with <c>appendfsync always</c> has written when it answers.
/// </summary>
/// <param name="Commit">Returns when everything acknowledged so far is on disk.</param>
internal sealed record StoreCommit(Func<ValueTask> Commit);

/// <summary>Calls the scripts that move money.</summary>
internal sealed class ScriptRunner(
    IConnectionMultiplexer redis, ShardGate gate, StoreCommit? commit = null, StoreRefusal? refusal = null)
{
    /// <summary>For reads, and for writes that move no money.</summary>
    public IDatabase Database { get; } = redis.GetDatabase();

    /// <summary>
    /// Executes a script of the shard's open run, by hash. Throws <see cref="OutageException"/> when it was not executed, or when nobody
    /// knows. It takes no cancellation: a script that was sent may be executed, so its answer is worth waiting for.
    /// </summary>
    public async Task<RedisResult> Run(MoneyScript script, int shard, RedisKey[] keys, RedisValue[] values)
    {
        try
        {
            refusal?.Check();
            var run = await gate.Current(shard) ?? throw Shut(shard);
            var answer = await Call(script, shard, run, keys, values);
            if (commit is not null)
                await commit.Commit();
            return answer;
        }
        catch (Exception exception) when (RedisOutage.Is(exception) || exception is IOException)
        {
            throw new OutageException(Outage.Store, $"Redis did not answer {script.Name} of shard {shard}: {exception.Message}", exception);
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

    private static OutageException Shut(int shard) => new(Outage.Gate, $"The gate of shard {shard} is shut.");
}
