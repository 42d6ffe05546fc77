using System.Text.Json;

namespace RedPacket.Demo;

/// <summary>Whole numbers in the bodies of the demo's calls.</summary>
internal static class JsonBodyNumbers
{
    /// <summary>The member, or the standard where there is none; false when it is not a whole number within the limits.</summary>
    public static bool TryWhole(this JsonElement body, string name, int min, int max, int standard, out int number)
    {
        number = standard;
        return !body.TryGetProperty(name, out var value) || (value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out number) && number >= min && number <= max);
    }
}
