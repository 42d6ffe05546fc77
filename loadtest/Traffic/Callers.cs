using System.Buffers.Text;
using System.Security.Claims;
using System.Text;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace RedPacket.LoadTest.Traffic;

/// <summary>The users of a run by number, with the header field that identifies each.</summary>
internal sealed class Callers
{
    private const string Issuer = "redpacket";
    private const string Audience = "redpacket";
    private readonly byte[][]? _fields;
    private readonly byte[][]? _names;
    private readonly Dictionary<string, int> _byName = [];
    private readonly int _count;
    private readonly string? _key;

    private Callers(int count, IReadOnlyList<(string Name, string Token)>? tokens, string? key)
    {
        _count = count;
        _key = key;
        _fields = tokens?.Select(token => Encoding.ASCII.GetBytes($"Authorization: Bearer {token.Token}\r\n")).ToArray();
        _names = tokens?.Select(token => Encoding.ASCII.GetBytes(token.Name)).ToArray();
        foreach (var (index, token) in (tokens ?? []).Index())
            _byName[token.Name] = index;
    }

    /// <summary>How many there are.</summary>
    public int Count => _count;

    /// <summary>How requests identify their user.</summary>
    public string Kind => _fields is null ? "X-User-Id header" : "bearer tokens";

    /// <summary>Users with the demo's header, which the demo accepts from this machine only.</summary>
    public static Callers ByHeader(int count) => new(count, null, null);

    /// <summary>Users with a token each, signed with the service's key.</summary>
    public static Callers BySigning(int count, string key) =>
        new(count, [.. Enumerable.Range(0, count).Select(user => (DefaultName(user), Sign(key, DefaultName(user), null)))], key);

    /// <summary>Users with tokens from a file, one per line. The claim <c>sub</c> names the user.</summary>
    public static Callers FromFile(IEnumerable<string> lines)
    {
        var tokens = lines.Select(line => line.Trim()).Where(line => line.Length > 0)
            .Select(token => (new JsonWebToken(token).Subject, token)).ToArray();
        return new Callers(tokens.Length, tokens, null);
    }

    /// <summary>Writes a user's header field with its line end. Returns the number of bytes.</summary>
    public int WriteField(int user, Span<byte> buffer)
    {
        if (_fields is not null)
        {
            _fields[user].CopyTo(buffer);
            return _fields[user].Length;
        }
        var field = "X-User-Id: "u8;
        field.CopyTo(buffer);
        var length = field.Length + WriteName(user, buffer[field.Length..]);
        "\r\n"u8.CopyTo(buffer[length..]);
        return length + 2;
    }

    /// <summary>Writes a user's id. Returns the number of bytes.</summary>
    public int WriteName(int user, Span<byte> buffer)
    {
        if (_names is not null)
        {
            _names[user].CopyTo(buffer);
            return _names[user].Length;
        }
        "load-"u8.CopyTo(buffer);
        Utf8Formatter.TryFormat(user, buffer[5..], out var digits);
        return 5 + digits;
    }

    /// <summary>A user's id.</summary>
    public string Name(int user) => _names is null ? DefaultName(user) : Encoding.ASCII.GetString(_names[user]);

    /// <summary>The user with an id; -1 for an unknown user.</summary>
    public int Find(string name)
    {
        if (_names is not null)
            return _byName.GetValueOrDefault(name, -1);
        if (!name.StartsWith("load-", StringComparison.Ordinal) || !int.TryParse(name.AsSpan(5), out var user))
            return -1;
        return user < _count && DefaultName(user) == name ? user : -1;
    }

    /// <summary>A user's header fields, for calls outside the load.</summary>
    public IEnumerable<(string Name, string Value)> Fields(int user)
    {
        if (_fields is null)
            return [("X-User-Id", Name(user))];
        var field = Encoding.ASCII.GetString(_fields[user]).Split(": ", 2);
        return [(field[0], field[1].TrimEnd())];
    }

    /// <summary>The header fields of an operator; null when no token is available.</summary>
    /// <param name="token">An operator's token, if one was given.</param>
    public IReadOnlyList<(string Name, string Value)>? Operator(string? token)
    {
        token ??= _key is null ? null : Sign(_key, "load-operator", "operator");
        if (token is not null)
            return [("Authorization", $"Bearer {token}")];
        return _fields is null ? [("X-User-Id", "load-operator"), ("X-Role", "operator")] : null;
    }

    private static string DefaultName(int user) => $"load-{user}";

    private static string Sign(string key, string user, string? role)
    {
        var now = TimeProvider.System.GetUtcNow().UtcDateTime;
        var claims = new ClaimsIdentity([new Claim("sub", user)]);
        if (role is not null)
            claims.AddClaim(new Claim("role", role));
        return new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = false }.CreateToken(new SecurityTokenDescriptor
        {
            Subject = claims,
            Issuer = Issuer,
            Audience = Audience,
            IssuedAt = now,
            NotBefore = now,
            Expires = now.AddHours(24),
            SigningCredentials = new SigningCredentials(new SymmetricSecurityKey(KeyBytes(key)), SecurityAlgorithms.HmacSha256),
        });
    }

    /// <summary>Reads a key like <c>Jwt:SigningKeys</c>: base64 of at least 32 bytes, or text.</summary>
    private static byte[] KeyBytes(string key)
    {
        const string text = "text:";
        var bytes = new byte[key.Length];
        if (key.StartsWith(text, StringComparison.Ordinal))
            return Encoding.UTF8.GetBytes(key[text.Length..]);
        return Convert.TryFromBase64String(key, bytes, out var length) && length >= 32 ? bytes[..length] : Encoding.UTF8.GetBytes(key);
    }
}
