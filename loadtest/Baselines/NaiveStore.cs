using System.Globalization;
using StackExchange.Redis;

namespace RedPacket.LoadTest.Baselines;

/// <summary>What the script of the usual ways said.</summary>
internal enum NaiveGrantStatus
{
    Won,

    /// <summary>This user's share of before.</summary>
    Again,
    Emptied,
    Expired,
    Unknown,
}

/// <summary>A share, or why there is none.</summary>
/// <param name="At">Milliseconds since 1970, by Redis's clock.</param>
internal readonly record struct NaiveGrant(NaiveGrantStatus Word, int Ordinal, long Fen, long At)
{
    /// <summary>Reads an answer of <c>deal.lua</c>; throws for a word that is not known.</summary>
    public static NaiveGrant Parse(string answer)
    {
        var parts = answer.Split(' ');
        var word = parts[0] switch
        {
            "won" => NaiveGrantStatus.Won,
            "again" => NaiveGrantStatus.Again,
            "emptied" => NaiveGrantStatus.Emptied,
            "expired" => NaiveGrantStatus.Expired,
            "unknown" => NaiveGrantStatus.Unknown,
            _ => throw new InvalidOperationException($"deal.lua answered '{answer}'."),
        };
        return word is NaiveGrantStatus.Won or NaiveGrantStatus.Again
            ? new NaiveGrant(word, int.Parse(parts[1], CultureInfo.InvariantCulture), long.Parse(parts[2], CultureInfo.InvariantCulture), long.Parse(parts[3], CultureInfo.InvariantCulture))
            : new NaiveGrant(word, 0, 0, 0);
    }
}

/// <summary>The packets of the usual ways: a list of shares and a hash of who has taken one.</summary>
internal sealed class NaiveStore(IConnectionMultiplexer redis, TimeProvider clock)
{
    private static readonly string s_deal = Script("baselines.deal.lua");
    private static readonly string s_giveBack = Script("baselines.giveback.lua");
    private readonly IDatabase _redis = redis.GetDatabase();

    /// <summary>Makes a packet, split by the double mean. Returns its id.</summary>
    public async Task<string> Make(long amountFen, int count, int expiresInSeconds)
    {
        var id = $"0-{Guid.CreateVersion7():N}";
        var expiry = clock.GetUtcNow().AddSeconds(expiresInSeconds).ToUnixTimeMilliseconds();
        var shares = Split(amountFen, count).Select((fen, n) => (RedisValue)string.Create(CultureInfo.InvariantCulture, $"{n + 1} {fen}")).ToArray();
        // Taken from the right, so that the first ordinal goes first.
        await Task.WhenAll(_redis.ListLeftPushAsync(Shares(id), shares), _redis.HashSetAsync(Packet(id), "expiry", expiry));
        return id;
    }

    /// <summary>A share for the user: the one that he has already, or the next.</summary>
    public async Task<NaiveGrant> Deal(string packetId, string userId) =>
        NaiveGrant.Parse((string)(await _redis.ScriptEvaluateAsync(s_deal, [Packet(packetId), Shares(packetId), Taken(packetId)], [userId]))!);

    /// <summary>Takes a share back.</summary>
    public Task GiveBack(string packetId, string userId, NaiveGrant share) => _redis.ScriptEvaluateAsync(s_giveBack, [Shares(packetId), Taken(packetId)],
        [userId, string.Create(CultureInfo.InvariantCulture, $"{share.Ordinal} {share.Fen}")]);

    /// <summary>Shares of at least a fen that add up to the amount.</summary>
    public static IEnumerable<long> Split(long amountFen, int count)
    {
        var left = amountFen;
        for (var others = count - 1; others > 0; others--)
        {
            var most = Math.Max(1, Math.Min((2 * left / (others + 1)) - 1, left - others));
            var share = Random.Shared.NextInt64(1, most + 1);
            left -= share;
            yield return share;
        }
        yield return left;
    }

    private static RedisKey Packet(string id) => $"way:{id}";

    private static RedisKey Shares(string id) => $"way:{id}:shares";

    private static RedisKey Taken(string id) => $"way:{id}:taken";

    private static string Script(string name)
    {
        using var stream = typeof(NaiveStore).Assembly.GetManifestResourceStream(name) ?? throw new InvalidOperationException($"The script {name} is not embedded.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
