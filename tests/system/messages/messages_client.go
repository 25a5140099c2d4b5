// SPDX-License-Identifier: BSD-2-Clause

// A client in Go, of its standard library alone, that gives its secrets only to SSLKEYLOGFILE:
// messages_client URL CA-FILE SECONDS [tls12]
//
// Takes messages for so many seconds, unsubscribes and takes what still comes, or until the server
// closes; prints how many.  MESSAGES_WAIT names a file that has to be there before it connects,
// MESSAGES_OFFER an extension to ask for (what is compressed is counted as it is).
package main

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"
)

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func dial(address *url.URL, caFile string, isTLS12 bool) net.Conn {
	if address.Scheme == "ws" {
		conn, err := net.Dial("tcp", address.Host)
		check(err)
		return conn
	}
	pem, err := os.ReadFile(caFile)
	check(err)
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(pem)
	config := &tls.Config{RootCAs: pool}
	if path := os.Getenv("SSLKEYLOGFILE"); path != "" {
		config.KeyLogWriter, err = os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0600)
		check(err)
	}
	if isTLS12 {
		config.MaxVersion = tls.VersionTLS12
		config.Renegotiation = tls.RenegotiateFreelyAsClient
	}
	conn, err := tls.Dial("tcp", address.Host, config)
	check(err)
	return conn
}

// One frame: its opcode, whether it ends its message, its payload.
func readFrame(reader *bufio.Reader) (byte, bool, []byte, error) {
	var head [2]byte
	if _, err := io.ReadFull(reader, head[:]); err != nil {
		return 0, false, nil, err
	}
	size := uint64(head[1] & 127)
	if size >= 126 {
		more := make([]byte, 8)
		if size == 126 {
			more = more[:2]
		}
		if _, err := io.ReadFull(reader, more); err != nil {
			return 0, false, nil, err
		}
		size = 0
		for _, digit := range more {
			size = size<<8 | uint64(digit)
		}
	}
	payload := make([]byte, size)
	_, err := io.ReadFull(reader, payload)
	return head[0] & 15, head[0]&128 != 0, payload, err
}

// A frame of a client's is masked; by zeroes it stays as it is.
func writeFrame(conn net.Conn, opcode byte, payload []byte) {
	frame := []byte{128 | opcode, 128 | byte(len(payload))}
	if len(payload) > 125 {
		frame = []byte{128 | opcode, 254, byte(len(payload) >> 8), byte(len(payload))}
	}
	frame = append(frame, 0, 0, 0, 0)
	_, _ = conn.Write(append(frame, payload...)) // the server may have gone
}

// Then asks for no more, and takes its leave; what was on its way still comes.
func leaveAfter(conn net.Conn, seconds int, address *url.URL) {
	streams := strings.Split(address.Query().Get("streams"), "/")
	text, err := json.Marshal(map[string]any{"method": "UNSUBSCRIBE", "params": streams, "id": 1})
	check(err)
	time.Sleep(time.Duration(seconds) * time.Second)
	writeFrame(conn, 1, text)
	time.Sleep(2 * time.Second)
	writeFrame(conn, 8, []byte{3, 232})
}

func waitForBegin() {
	fmt.Fprintln(os.Stderr, "ready")
	for path := os.Getenv("MESSAGES_WAIT"); path != ""; time.Sleep(100 * time.Millisecond) {
		if _, err := os.Stat(path); err == nil {
			break
		}
	}
}

func upgrade(conn net.Conn, reader *bufio.Reader, address *url.URL) {
	offer := os.Getenv("MESSAGES_OFFER")
	if offer != "" {
		offer = "Sec-WebSocket-Extensions: " + offer + "\r\n"
	}
	_, err := fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: %s\r\nUpgrade: websocket\r\n"+
		"Connection: Upgrade\r\nSec-WebSocket-Key: MDEyMzQ1Njc4OTAxMjM0NQ==\r\n"+
		"Sec-WebSocket-Version: 13\r\n%s\r\n", address.RequestURI(), address.Host, offer)
	check(err)
	answer, err := http.ReadResponse(reader, nil)
	check(err)
	if answer.StatusCode != 101 {
		check(fmt.Errorf("not upgraded: %s", answer.Status))
	}
}

func main() {
	address, err := url.Parse(os.Args[1])
	check(err)
	seconds, err := strconv.Atoi(os.Args[3])
	check(err)
	waitForBegin()
	conn := dial(address, os.Args[2], len(os.Args) > 4 && os.Args[4] == "tls12")
	reader := bufio.NewReader(conn)
	upgrade(conn, reader, address)
	go leaveAfter(conn, seconds, address)
	count := 0
	for {
		opcode, isLast, payload, err := readFrame(reader)
		if err != nil || opcode == 8 {
			break
		}
		if opcode == 9 {
			writeFrame(conn, 10, payload)
		} else if opcode < 8 && isLast {
			count++
		}
	}
	conn.Close()
	fmt.Println(count)
}
