// A Helia node on loopback that does what it is told. It prints a line of JSON with its address,
// then answers each line of JSON on stdin with another, until stdin closes or SIGTERM comes. It
// knows no peer but those that requests name, and gets blocks by Bitswap only.

import { createReadStream } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

import { withBitswap } from '@helia/bitswap'
import { withLibp2pLight } from '@helia/libp2p'
import { globSource, unixfs } from '@helia/unixfs'
import { identify } from '@libp2p/identify'
import { noise } from '@libp2p/noise'
import { ping } from '@libp2p/ping'
import { tcp } from '@libp2p/tcp'
import { yamux } from '@libp2p/yamux'
import { multiaddr } from '@multiformats/multiaddr'
import { MemoryBlockstore } from 'blockstore-core'
import { createHeliaLight } from 'helia'
import { fixedSize } from 'ipfs-unixfs-importer/chunker'
import { balanced } from 'ipfs-unixfs-importer/layout'
import { CID } from 'multiformats/cid'
import { sha256 } from 'multiformats/hashes/sha2'

// As Kubo's default, where Helia's is 1024.
const MAX_LINKS = 174
const CODECS = { raw: 0x55, 'dag-pb': 0x70 }

const moved = { sent: 0, received: 0 }

// Helia counts what it sends and, as of 7.1, not what it receives. But all that it stores without
// having been given it has come by Bitswap.
class CountingStore extends MemoryBlockstore {
  put (cid, block) {
    moved.received += block.byteLength
    return super.put(cid, block)
  }
}

const metrics = {
  registerCounter: (name) => ({
    increment (by = 1) {
      if (name === 'helia_bitswap_sent_data_bytes_total') {
        moved.sent += by
      }
    }
  }),
  registerMetric: () => ({ update () {} }),
  registerMetricGroup: () => ({ increment () {}, update () {} }),
  traceFunction: (_name, traced) => traced
}

const helia = await withBitswap(withLibp2pLight(
  createHeliaLight({ blockstore: new CountingStore(), metrics }),
  {
    addresses: { listen: ['/ip4/127.0.0.1/tcp/0'] },
    // All cases come from one host; its default lets in five of them in a second.
    connectionManager: { inboundConnectionThreshold: 1000 },
    transports: [tcp()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
    // As in Helia's default. rust-libp2p answers no pings of a peer that does not answer its own, and
    // js-libp2p drops a connection whose pings are not answered.
    services: { identify: identify(), ping: ping() }
  }
)).start()
const files = unixfs(helia)

const verbs = {
  async add ({ path, directory, cidVersion, rawLeaves, chunk }) {
    const settings = {
      cidVersion,
      rawLeaves,
      chunker: fixedSize({ chunkSize: chunk }),
      layout: balanced({ maxChildrenPerNode: MAX_LINKS })
    }
    if (!directory) {
      return { cid: `${await files.addByteStream(createReadStream(path), settings)}` }
    }
    let root
    const entries = globSource(path, '**/*', { hidden: true })
    for await (root of files.addAll(entries, { ...settings, wrapWithDirectory: true })) {}
    return { cid: `${root.cid}` }
  },

  async put ({ path, codec }) {
    const block = await readFile(path)
    const cid = CID.createV1(CODECS[codec], await sha256.digest(block))
    await helia.blockstore.put(cid, block)
    return { cid: `${cid}` }
  },

  async get ({ cid, peers, path }) {
    await connect(peers)
    await save(CID.parse(cid), path)
  },

  async block ({ cid, peers, path }) {
    await connect(peers)
    await writeFile(path, helia.blockstore.get(CID.parse(cid)))
  },

  // Nothing is pinned, so it forgets everything.
  async forget () {
    await helia.gc()
  },

  async moved () {
    return moved
  }
}

async function connect (peers) {
  await Promise.all(peers.map((peer) => helia.libp2p.dial(multiaddr(peer))))
}

async function save (cid, path) {
  const { type } = await files.stat(cid)
  if (type !== 'directory') {
    await writeFile(path, files.cat(cid))
    return
  }
  await mkdir(path)
  const saved = []
  for await (const entry of files.ls(cid)) {
    saved.push(save(entry.cid, join(path, entry.name)))
  }
  await Promise.all(saved)
}

function say (answer) {
  process.stdout.write(JSON.stringify(answer) + '\n')
}

async function end () {
  await helia.stop()
  process.exit(0)
}

process.on('SIGTERM', end)

say({ address: `${helia.libp2p.getMultiaddrs()[0]}` })
for await (const line of createInterface({ input: process.stdin })) {
  const { verb, ...request } = JSON.parse(line)
  try {
    say({ ...await verbs[verb](request) })
  } catch (error) {
    say({ error: error.stack })
  }
}
await end()
