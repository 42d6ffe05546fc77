using StackExchange.Redis;

namespace RedPacket.Packets;

/// <summary>
/// A Lua file that is embedded in the program. Its header says what it takes, answers and promises. The client loads it where Redis does
/// not know it, so it runs whether a gate is open or not. Money moves by <see cref="MoneyScript"/> only.
/// </summary>
internal sealed class ScriptFile(string file)
{
    /// <summary>The file's name, for logs and errors.</summary>
    public string Name => file;

    public string Text { get; } = Read(file);

    public Task<RedisResult> Run(IDatabase redis, RedisKey[] keys, RedisValue[] values) => redis.ScriptEvaluateAsync(Text, keys, values);

    /// <summary>The error for a word that the caller does not know.</summary>
    public InvalidOperationException Unknown(string? word) => new($"{file} answered '{word}', which its caller does not know.");

    private static string Read(string file)
    {
        using var stream = typeof(ScriptFile).Assembly.GetManifestResourceStream(file)
            ?? throw new InvalidOperationException($"The script {file} is not embedded in the assembly.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
