using Microsoft.Extensions.Options;
using RedPacket.Hosting;
using StackExchange.Redis;

namespace RedPacket.Packets;

/// <summary>
/// Makes the store durable before an answer leaves. Only the embedded store registers one: its acknowledgement does not
/// mean that it has written, while Redis with <c>appendfsync always</c> has written when it answers.
/// </summary>
/// <param name="Commit">Returns when everything acknowledged so far is on disk.</param>
internal sealed record StoreCommit(Func<ValueTask> Commit);

/// <summary>Calls the scripts that move money.</summary>
internal sealed class ScriptRunner(
    IConnectionMultiplexer redis, ShardGate gate, IOptions<HoldOptions> hold, TimeProvider clock, StoreCommit? commit = null,
    StoreRefusal? refusal = null)
{
    /// <summary>For reads, and for writes that move no money.</summary>
    public IDatabase Database { get; } = redis.Primary();

    /// <summary>
    /// Executes the script. A call that was not executed is held and tried again while the shard is away for a moment
    /// (PROTOCOL 4.9). Throws <see cref="OutageException"/> when the shard stays away, or when nobody knows whether the
    /// call was executed. It takes no cancellation: a script that was sent may be executed, so its answer is worth
    /// waiting for.
    /// </summary>
    public async Task<RedisResult> Run(MoneyScript script, int shard, RedisKey[] keys, RedisValue[] values)
    {
        refusal?.Check();
        var answer = await Ask(script, shard, keys, values);
        try
        {
            if (commit is not null)
                await commit.Commit();
            return answer;
        }
        catch (IOException exception)
        {
            throw NoAnswer(script.Name, shard, exception);
        }
    }

    /// <summary>
    /// Executes a script that moves no money. It is held as the others are, and also answers while money is refused.
    /// </summary>
    public Task<RedisResult> Ask(MoneyScript script, int shard, RedisKey[] keys, RedisValue[] values) =>
        Hold(script.Name, shard, () => script.Evaluate(Database, keys, values), MoneyScript.IsShut);

    /// <summary>Reads what a call needs that is about to move money in this shard, and is held with it.</summary>
    public Task<T> Read<T>(int shard, Func<Task<T>> read) => Hold("a read", shard, read, _ => false);

    private async Task<T> Hold<T>(string what, int shard, Func<Task<T>> call, Func<T, bool> isShut)
    {
        long? refusedAt = null;
        while (true)
        {
            OutageException refused;
            try
            {
                if (await gate.Opens(shard) is { } away)
                    throw away;
                var answer = await call();
                if (!isShut(answer))
                {
                    gate.Served(shard);
                    return answer;
                }
                refused = ShardGate.Shut(shard);
            }
            catch (Exception exception) when (RedisOutage.WasNotExecuted(exception))
            {
                refused = NoAnswer(what, shard, exception);
            }
            catch (Exception exception) when (RedisOutage.Is(exception))
            {
                throw NoAnswer(what, shard, exception);
            }
            gate.Refused(shard, refused);
            // A slot that moves serves other calls and refuses this one, so the shard may never be away for so long.
            refusedAt ??= clock.GetTimestamp();
            if (clock.GetElapsedTime(refusedAt.Value) >= hold.Value.HoldFor)
                throw refused;
        }
    }

    private static OutageException NoAnswer(string what, int shard, Exception exception) =>
        new(Outage.Store, $"Redis did not answer {what} of shard {shard}: {exception.Message}", exception);
}
