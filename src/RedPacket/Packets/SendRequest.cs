using System.Text.Json;
using RedPacket.Http;

namespace RedPacket.Packets;

/// <summary>The body of <c>POST /api/v1/packets</c>, checked.</summary>
/// <param name="ExpiryIsSet">False when the body leaves the expiry to the service: it is <c>Packets:DefaultExpiry</c>
/// then.</param>
internal sealed record SendRequest(string Kind, long AmountFen, int Count, string Greeting, int ExpiresInSeconds,
    bool ExpiryIsSet)
{
    public static readonly string[] Members = ["kind", "amountFen", "count", "greeting", "expiresInSeconds"];

    // No setting is wider.
    private static readonly PacketsOptions s_widest = new()
    {
        MaxAmountFen = PacketsOptions.MostFen,
        MinExpiry = TimeSpan.FromSeconds(1),
        MaxExpiry = TimeSpan.FromDays(365),
    };

    /// <summary>Checks a body that has no other members. Exactly one of the two is returned.</summary>
    public static (SendRequest? Request, Problem? Refusal) Check(JsonElement body, PacketsOptions limits) =>
        Check(body, limits, greeting => Greetings.IsValid(greeting, limits.MaxGreeting));

    /// <summary>
    /// A body that other settings, or an earlier program, may have accepted. Null for one that was always refused.
    /// </summary>
    public static SendRequest? CheckWidely(JsonElement body) => Check(body, s_widest, _ => true).Request;

    private static (SendRequest? Request, Problem? Refusal) Check(JsonElement body, PacketsOptions limits,
        Func<string, bool> isGreeting)
    {
        Problem? refusal = null;
        var kind = Text(body, "kind", null, "kind_unknown", ref refusal);
        var amountFen = Number(body, "amountFen", null, 1, limits.MaxAmountFen, "amount_out_of_range", ref refusal);
        var count = Number(body, "count", null, 1, limits.MaxCount, "count_out_of_range", ref refusal);
        var greeting = Text(body, "greeting", "", "greeting_invalid", ref refusal);
        var (shortest, longest) = limits.ExpirySeconds;
        var expiresIn = Number(body, "expiresInSeconds", (long)limits.DefaultExpiry.TotalSeconds, shortest, longest,
            "expiry_out_of_range", ref refusal);
        if (refusal is not null)
            return (null, refusal);
        if (kind is not (PacketKind.Lucky or PacketKind.Equal))
            refusal = Refuse("kind_unknown", Expected.Text("kind", $"{PacketKind.Lucky} or {PacketKind.Equal}", kind));
        else if (count > amountFen)
            refusal = Refuse("count_out_of_range", $"{amountFen} fen cannot be split into {count} shares of at least 1 fen.");
        else if (kind == PacketKind.Equal && amountFen % count != 0)
            refusal = Refuse("not_divisible",
                $"amountFen of an equal packet must be divisible by count; {amountFen} / {count} leaves {amountFen % count} fen.");
        else if (!isGreeting(greeting))
            refusal = Refuse("greeting_invalid",
                $"A greeting has at most {limits.MaxGreeting} characters. "
                + "Control characters, separators, characters of private use, format characters such as bidirectional overrides, and lone "
                + "surrogates are refused.");
        return refusal is null
            ? (new SendRequest(kind, amountFen, (int)count, greeting, (int)expiresIn, HasExpiry(body)), null)
            : (null, refusal);
    }

    private static bool HasExpiry(JsonElement body) => body.TryGetProperty("expiresInSeconds", out _);

    private static string Text(JsonElement body, string name, string? standard, string code, ref Problem? refusal)
    {
        if (!body.TryGetProperty(name, out var value) && standard is not null)
            return standard;
        if (value.ValueKind != JsonValueKind.String)
        {
            refusal ??= Refuse("invalid_json", Expected.Text(name, "a string", value));
            return "";
        }

        try
        {
            return value.GetString()!;
        }
        catch (InvalidOperationException)
        {
            // GetString throws this for an escaped lone surrogate.
            refusal ??= Refuse(code, $"{name} is not well-formed text.");
            return "";
        }
    }

    private static long Number(JsonElement body, string name, long? standard, long min, long max, string code,
        ref Problem? refusal)
    {
        if (!body.TryGetProperty(name, out var value) && standard is { } given)
            return given;
        if (value.ValueKind != JsonValueKind.Number)
            refusal ??= Refuse("invalid_json", Expected.Text(name, "a number", value));
        else if (value.TryGetInt64(out var number) && number >= min && number <= max)
            return number;
        else
            refusal ??= Refuse(code, Expected.Text(name, Expected.WholeNumber(min, max), value));
        return 0;
    }

    private static Problem Refuse(string code, string detail) => new(400, code, detail);
}
