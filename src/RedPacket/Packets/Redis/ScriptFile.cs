using System.Security.Cryptography;
using System.Text;
using StackExchange.Redis;

namespace RedPacket.Packets;

/// <summary>
/// A Lua file that is embedded in the program, called by its hash (PROTOCOL 4.3). Its header says what it takes, answers
/// and promises. Money moves by <see cref="MoneyScript"/> only.
/// </summary>
internal class ScriptFile
{
    private readonly byte[] _hash;

    /// <param name="file">The file's name.</param>
    /// <param name="asksTheSeal">Puts <c>seal.lua</c> before it.</param>
    public ScriptFile(string file, bool asksTheSeal = false)
    {
        Name = file;
        Text = asksTheSeal ? Read("seal.lua") + Read(file) : Read(file);
        _hash = SHA1.HashData(Encoding.UTF8.GetBytes(Text));
    }

    /// <summary>The file's name, for logs and errors.</summary>
    public string Name { get; }

    /// <summary>As Redis gets it.</summary>
    public string Text { get; }

    /// <summary>
    /// Executes it. A server may forget scripts at any moment, so it then gets the text together with the call.
    /// </summary>
    public async Task<RedisResult> Evaluate(IDatabase redis, RedisKey[] keys, RedisValue[] values)
    {
        try
        {
            return await redis.ScriptEvaluateAsync(_hash, keys, values);
        }
        catch (RedisServerException exception) when (exception.Kind == RedisErrorKind.NoScript)
        {
            return await redis.ScriptEvaluateAsync(Text, keys, values, CommandFlags.NoScriptCache);
        }
    }

    /// <summary>The error for a word that the caller does not know.</summary>
    public InvalidOperationException Unknown(string? word) =>
        new($"{Name} answered '{word}', which its caller does not know.");

    private static string Read(string file)
    {
        using var stream = typeof(ScriptFile).Assembly.GetManifestResourceStream(file)
            ?? throw new InvalidOperationException($"The script {file} is not embedded in the assembly.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
