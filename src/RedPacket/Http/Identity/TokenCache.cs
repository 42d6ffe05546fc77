using System.Collections.Concurrent;
using Microsoft.AspNetCore.Authentication;

namespace RedPacket.Http.Identity;

/// <summary>
/// What was answered to headers with a valid token, so that the signature of a token is checked once in a while and not for every grab. Bounded; never holds one past its
/// token's <c>exp</c>, and asks again after <see cref="LookAgainAfter"/>, so that a key taken out of use counts no longer than that.
/// </summary>
/// <remarks>Two generations: the young one fills up, becomes the old one, and what is asked for again moves over. Only valid tokens get in, so nobody can flush it with rubbish.</remarks>
internal sealed class TokenCache(TimeProvider clock, int capacity = TokenCache.DefaultCapacity)
{
    public const int DefaultCapacity = 20_000;

    public static readonly TimeSpan LookAgainAfter = TimeSpan.FromMinutes(5);

    /// <summary>Longer ones are not kept: with the capacity it bounds the memory, at 80 MB.</summary>
    private const int LongestHeader = 2048;

    private ConcurrentDictionary<string, Kept> _young = new(StringComparer.Ordinal);
    private ConcurrentDictionary<string, Kept> _old = new(StringComparer.Ordinal);

    /// <summary>How many are held.</summary>
    public int Count => _young.Count + _old.Count;

    /// <summary>The earlier result, or null when it has to be validated.</summary>
    public AuthenticateResult? Find(string header)
    {
        if (!_young.TryGetValue(header, out var kept))
        {
            if (!_old.TryRemove(header, out kept))
                return null;
            if (kept.Until > clock.GetUtcNow())
                Add(header, kept);
        }

        if (kept.Until > clock.GetUtcNow())
            return kept.Result;
        _young.TryRemove(header, out _);
        return null;
    }

    /// <summary>Keeps a result that is valid and says until when; others are not kept.</summary>
    public void Keep(string header, AuthenticateResult result)
    {
        if (!result.Succeeded || result.Properties?.ExpiresUtc is not { } expires || header.Length > LongestHeader)
            return;
        var now = clock.GetUtcNow();
        var until = expires < now + LookAgainAfter ? expires : now + LookAgainAfter;
        if (until > now)
            Add(header, new Kept(result, until));
    }

    private void Add(string header, Kept kept)
    {
        var young = _young;
        // Counting locks the dictionary, but only a token that is new here pays for it.
        if (young.Count >= capacity / 2 && Interlocked.CompareExchange(ref _young, new(StringComparer.Ordinal), young) == young)
            _old = young;
        _young[header] = kept;
    }

    private sealed record Kept(AuthenticateResult Result, DateTimeOffset Until);
}
