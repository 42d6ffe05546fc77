using System.Text.Json;

namespace RedPacket.Demo;

/// <summary>Integers in the JSON bodies of the demo's calls.</summary>
internal static class JsonBodyNumbers
{
    /// <summary>Reads the member, or takes the default if it is absent. Returns false unless it is an integer from min to max.</summary>
    public static bool TryInteger(this JsonElement body, string name, int min, int max, int defaultValue, out int number)
    {
        number = defaultValue;
        if (!body.TryGetProperty(name, out var value))
            return true;
        return value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out number) && number >= min && number <= max;
    }
}
