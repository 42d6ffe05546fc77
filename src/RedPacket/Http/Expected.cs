using System.Globalization;
using System.Text.Json;

namespace RedPacket.Http;

/// <summary>The text of a refused value: what it must be, and what it was.</summary>
internal static class Expected
{
    /// <summary>Longer values are cut.</summary>
    private const int Shown = 40;

    public static string Text(string name, string expected, string was) =>
        $"{name} must be {expected}; it was {(was.Length == 0 ? "empty" : was.Length <= Shown ? was : $"{was.AsSpan(0, Shown)}…")}.";

    /// <summary>For a member of a body.</summary>
    public static string Text(string name, string expected, JsonElement was) =>
        was.ValueKind == JsonValueKind.Undefined ? $"{name} must be {expected}; it is missing." : Text(name, expected, was.GetRawText());

    /// <summary>For a member that must be a whole number, and is there.</summary>
    public static string Text(JsonElement body, string name, long min, long max) =>
        Text(name, WholeNumber(min, max), body.GetProperty(name));

    public static string WholeNumber(long min, long max) =>
        string.Create(CultureInfo.InvariantCulture, $"a whole number from {min} to {max}");
}
